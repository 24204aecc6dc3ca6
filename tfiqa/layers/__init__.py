"""Keras layers, one per file; they run on every backend of Keras."""

from tfiqa.layers.adaptive_mean import AdaptiveMean as AdaptiveMean
from tfiqa.layers.bilinear_pooling import ALIGNMENTS as ALIGNMENTS
from tfiqa.layers.bilinear_pooling import BilinearPooling as BilinearPooling
from tfiqa.layers.bilinear_pooling import SquareRootNorm as SquareRootNorm
from tfiqa.layers.blocked_dense import BlockedDense as BlockedDense
from tfiqa.layers.brisque_features import BRISQUE_VARIANTS as BRISQUE_VARIANTS
from tfiqa.layers.brisque_features import BRISQUEFeatures as BRISQUEFeatures
from tfiqa.layers.calibration import Calibration as Calibration
from tfiqa.layers.feature_scaling import FeatureScaling as FeatureScaling
from tfiqa.layers.gaussian_distance import GaussianDistance as GaussianDistance
from tfiqa.layers.gaussian_distance import gaussian_statistics as gaussian_statistics
from tfiqa.layers.gm_log_features import GMLOGFeatures as GMLOGFeatures
from tfiqa.layers.high_order_codes import HighOrderCodes as HighOrderCodes
from tfiqa.layers.hyper_dense import HyperDense as HyperDense
from tfiqa.layers.ilniqe_distance import ILNIQEDistance as ILNIQEDistance
from tfiqa.layers.ilniqe_features import ILNIQEFeatures as ILNIQEFeatures
from tfiqa.layers.laplacian_pyramid import LaplacianPyramid as LaplacianPyramid
from tfiqa.layers.local_distortion import LocalDistortion as LocalDistortion
from tfiqa.layers.local_patches import LocalPatches as LocalPatches
from tfiqa.layers.map_statistics import MapStatistics as MapStatistics
from tfiqa.layers.map_windows import MapWindows as MapWindows
from tfiqa.layers.matlab_resize import MatlabResize as MatlabResize
from tfiqa.layers.mos import MOS as MOS
from tfiqa.layers.multiscale_tokens import MultiscaleTokens as MultiscaleTokens
from tfiqa.layers.niqe_distance import NIQEDistance as NIQEDistance
from tfiqa.layers.niqe_features import NIQEFeatures as NIQEFeatures
from tfiqa.layers.packaged_trunk import PackagedTrunk as PackagedTrunk
from tfiqa.layers.padded_patches import PaddedPatchFeatures as PaddedPatchFeatures
from tfiqa.layers.patch_average import PatchAverage as PatchAverage
from tfiqa.layers.patch_features import PatchFeatures as PatchFeatures
from tfiqa.layers.patch_mean import COVERAGES as COVERAGES
from tfiqa.layers.patch_mean import PatchMean as PatchMean
from tfiqa.layers.patch_statistics import PatchStatistics as PatchStatistics
from tfiqa.layers.pillow_resize import PillowResize as PillowResize
from tfiqa.layers.piqe_blocks import PIQEBlocks as PIQEBlocks
from tfiqa.layers.piqe_blocks import PIQEDistance as PIQEDistance
from tfiqa.layers.pixel_maps import PixelMaps as PixelMaps
from tfiqa.layers.random_patch_mean import RandomPatchMean as RandomPatchMean
from tfiqa.layers.recognition import Recognition as Recognition
from tfiqa.layers.replica_gather import gather as gather
from tfiqa.layers.scorer import Scorer as Scorer
from tfiqa.layers.self_attention import SelfAttention as SelfAttention
from tfiqa.layers.sharpness_weighted_distance import (
    SharpnessWeightedDistance as SharpnessWeightedDistance,
)
from tfiqa.layers.shuffle import shuffled as shuffled
from tfiqa.layers.soft_codes import SoftCodes as SoftCodes
from tfiqa.layers.split_normalization import (
    SplitBatchNormalization as SplitBatchNormalization,
)
from tfiqa.layers.split_normalization import (
    with_split_statistics as with_split_statistics,
)
from tfiqa.layers.standardized_conv import StandardizedConv2D as StandardizedConv2D
from tfiqa.layers.standardized_dense import StandardizedDense as StandardizedDense
from tfiqa.layers.support_vectors import SupportVectors as SupportVectors
from tfiqa.layers.tile_mean import TileMean as TileMean
from tfiqa.layers.token_maps import TokenMaps as TokenMaps
from tfiqa.layers.two_scales import TwoScales as TwoScales
from tfiqa.layers.unit_length import unit_norm as unit_norm
from tfiqa.layers.weighted_patch_mean import WeightedPatchMean as WeightedPatchMean
from tfiqa.layers.windowed import Windowed as Windowed
