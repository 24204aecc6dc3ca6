"""Scorers and encoders: loading, calling, assessing."""
