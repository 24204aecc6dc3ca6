"""The error of images from which a method cannot learn."""


class UnfitPictures(ValueError):
    """Says that images turned out not to be what a method can learn from."""
