"""Backbones: networks from pixels to four feature maps, by name."""

from tfiqa.backbones.build import BACKBONES as BACKBONES
from tfiqa.backbones.build import IMAGENET_MEAN as IMAGENET_MEAN
from tfiqa.backbones.build import IMAGENET_STD as IMAGENET_STD
from tfiqa.backbones.build import STRIDES as STRIDES
from tfiqa.backbones.build import build_backbone as build_backbone
from tfiqa.backbones.build import build_dense as build_dense
from tfiqa.backbones.build import build_trunk as build_trunk
from tfiqa.backbones.build import freeze_stages as freeze_stages
from tfiqa.backbones.build import initialize_as_torchvision as initialize_as_torchvision
from tfiqa.backbones.build import is_resnet as is_resnet
from tfiqa.backbones.build import load_torchvision_resnet as load_torchvision_resnet
from tfiqa.backbones.build import synchronize as synchronize
from tfiqa.backbones.build import torchvision_shapes as torchvision_shapes
