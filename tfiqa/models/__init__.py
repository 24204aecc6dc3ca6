"""Networks and their factories."""
