"""Keras layers, one idea a file; they run on every backend of Keras."""

from tfiqa.layers.mos import MOS as MOS
