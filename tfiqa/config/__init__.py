"""Fields of a method's `Config`: their constraints and their overrides."""
