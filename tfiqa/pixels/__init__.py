"""What every part of the package knows about pixels; without any dependency."""
