"""Commands: how they start, and what they print."""
