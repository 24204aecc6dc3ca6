"""The error for images from which a method cannot learn."""


class UnfitImages(ValueError):
    """Raised when a method cannot learn from the images it received."""
