"""Drawings from plain arrays; Matplotlib without its global state."""
