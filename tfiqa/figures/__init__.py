"""Drawings from plain arrays; Matplotlib without its global state."""

from tfiqa.figures.quality_map import quality_map as quality_map
from tfiqa.figures.scatter import scatter as scatter
