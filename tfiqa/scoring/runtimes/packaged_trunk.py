"""The frozen trunk of a preset in LiteRT, with the weights of its package."""

import numpy as np

from tfiqa.backbones import torch_pickle
from tfiqa.backbones.package_files import installed_file
from tfiqa.scoring.runtimes.folding import as_litert_stores
from tfiqa.scoring.runtimes.folding import folded
from tfiqa.scoring.runtimes.interpreters import Interpreters
from tfiqa.scoring.runtimes.interpreters import interpreter_class
from tfiqa.scoring.runtimes.light_file import LightFile
from tfiqa.scoring.runtimes.tiles import Moments

SIGNATURE = "tile"
MOMENTS = ("mean", "variance", "lowest", "highest")


class PackagedTrunk:
    """Computes the moments of a trunk's feature maps for tiles.

    Args:
        light: The graph, and the offsets of the weights in it.

    Raises:
        RuntimeUnavailableError: If LiteRT is not installed.
        ValueError: If the package of the trunk is missing or altered.
    """

    def __init__(self, light: LightFile):
        interpreter_class()  # Fails early, before the weights are read.
        self.content = graph_with_weights(light)
        self._interpreters = Interpreters(self.content, SIGNATURE)
        self(np.zeros((32, 32, 3), np.uint8))

    def __call__(self, tile: np.ndarray) -> Moments:
        """Returns the moments of a tile, uint8 `(height, width, 3)`."""
        images = tile[None].astype(np.float32)
        outputs = self._interpreters.run(images=images)
        mean, variance, lowest, highest = (outputs[name][0] for name in MOMENTS)
        return mean, variance, lowest, highest


def graph_with_weights(light: LightFile) -> bytes:
    """Returns the graph of a light file with the weights of the package in it.

    Raises:
        ValueError: If the package is missing or altered.
    """
    trunk = light.facts["trunk"]
    path = installed_file(trunk["distribution"], trunk["file"], trunk["sha256"])
    arrays = torch_pickle.read_tensors(path)
    graph = bytearray(light.graph)
    for row in trunk["convolutions"]:
        kernel, bias = folded(
            arrays, row["convolution"], row["normalization"], trunk["epsilon"]
        )
        kernel = as_litert_stores(kernel, depthwise=row["depthwise"])
        for offset, array in ((row["kernel"], kernel), (row["bias"], bias)):
            graph[offset : offset + array.nbytes] = array.tobytes()
    return bytes(graph)
