"""The frozen trunk of a preset in LiteRT, with the weights of its package."""

import contextlib
import os
import threading
from collections.abc import Iterator

import numpy as np

from tfiqa.backbones import torch_pickle
from tfiqa.backbones.package_files import installed_file
from tfiqa.scoring.runtimes.base import RuntimeUnavailableError
from tfiqa.scoring.runtimes.folding import as_litert_stores
from tfiqa.scoring.runtimes.folding import folded
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
        self._threads = threading.local()
        with quiet_start():
            self(np.zeros((32, 32, 3), np.uint8))

    def __call__(self, tile: np.ndarray) -> Moments:
        """Returns the moments of a tile, uint8 `(height, width, 3)`."""
        images = tile[None].astype(np.float32)
        outputs = self._runner()(images=images)
        mean, variance, lowest, highest = (outputs[name][0] for name in MOMENTS)
        return mean, variance, lowest, highest

    def _runner(self):
        """Returns the runner of this thread; an interpreter is not thread-safe."""
        if not hasattr(self._threads, "runner"):
            # One thread each: images run in parallel, which is faster.
            interpreter = interpreter_class()(model_content=self.content, num_threads=1)
            self._threads.interpreter = interpreter  # The runner does not hold it.
            self._threads.runner = interpreter.get_signature_runner(SIGNATURE)
        return self._threads.runner


@contextlib.contextmanager
def quiet_start() -> Iterator[None]:
    """Suppresses the line that LiteRT writes when an interpreter first runs.

    LiteRT writes it directly to the standard error of the process, and no setting
    prevents that. Errors are exceptions, and are not suppressed.
    """
    try:
        kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    except OSError:  # The process has no standard error.
        yield
        return
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def interpreter_class():
    """Returns the class `Interpreter` of LiteRT.

    Raises:
        RuntimeUnavailableError: If LiteRT is not installed.
    """
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError as error:
        raise RuntimeUnavailableError(
            "LiteRT is expected: pip install ai-edge-litert. Received: "
            f"{type(error).__name__}: {error}"
        ) from error
    return Interpreter


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
