"""Constants and functions of pixels that the entire package shares; no dependencies."""
