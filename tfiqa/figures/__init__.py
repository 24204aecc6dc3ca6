"""Drawings from plain arrays; Matplotlib without its global state."""

from tfiqa.figures.quality_maps import quality_map as quality_map
from tfiqa.figures.scatter_plot import scatter as scatter
