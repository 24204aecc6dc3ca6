"""Drawings from plain arrays; Matplotlib without its global state."""

from tfiqa.figures.scatter import scatter as scatter
