"""The protocols of evaluation."""
