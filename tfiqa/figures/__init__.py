"""Plots of plain arrays; Matplotlib without its global state."""
