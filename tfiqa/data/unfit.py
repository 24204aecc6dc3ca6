"""The error for images from which a method cannot learn."""


class UnfitPictures(ValueError):
    """Raised when a method cannot learn from the images it received."""
