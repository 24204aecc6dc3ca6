"""The data that a method may learn from."""

import dataclasses
from pathlib import Path

from tfiqa.data import subsets
from tfiqa.data.images import Images
from tfiqa.data.images import joined
from tfiqa.data.load import Source

# `"validation"`: the best epoch on validation images, which are not trained on.
# `"last"`: the last of a fixed number of epochs, trained on validation images too.
# `"best_test"`: the best epoch on the test images, as some authors report; its figures
# are too good, since the test images have chosen it.
EPOCH_CHOICES = ("validation", "last", "best_test")


@dataclasses.dataclass(frozen=True)
class Sources:
    """The data that a run offers to a method; each part may be absent.

    Attributes:
        train: Labeled images to learn from.
        validation: Labeled images that choose epochs and hyperparameters.
        images: Unlabeled undistorted images, photographs or generated; for methods that
            learn from stored distorted versions, also these, or both.
        authentic_images: Unlabeled photographs with authentic distortions.
        encoder: File of an encoder to use instead of pre-training one.
        encoders: Files of multiple encoders to join; then `encoder` is absent.
        epoch_choice: How the epoch of a network is chosen, one of `EPOCH_CHOICES`.
        test: Labeled images of the test part, for `"best_test"` alone.
    """

    train: Source | None = None
    validation: Source | None = None
    images: Images | None = None
    authentic_images: Images | None = None
    encoder: Path | None = None
    encoders: tuple[Path, ...] = ()
    epoch_choice: str = "validation"
    test: Source | None = None

    def for_epochs(self) -> tuple[Source, Source]:
        """Returns images to train a network on, and those that watch its epochs.

        These are `labeled`, 70 % and 10 % of a dataset, if validation chooses the
        epoch. Otherwise, they are both parts, 80 %, and a part that does not choose
        (`"last"`) or is the test part (`"best_test"`).
        """
        train, validation = self.labeled()
        if self.epoch_choice == "validation":
            return train, validation
        watched = validation if self.test is None else self.test
        return subsets.joined([train, validation]), watched

    def labeled(self) -> tuple[Source, Source]:
        """Returns `train` and `validation`; raises `ValueError` if they are missing."""
        if self.train is None or self.validation is None:
            raise ValueError(
                "This method learns from scores: a labeled dataset is expected, with "
                "parts for training and validation. Received: none"
            )
        return self.train, self.validation

    def pretrained(self) -> Path:
        """Returns `encoder`; raises `ValueError` if it is missing."""
        if self.encoder is None:
            raise ValueError(
                "An encoder is expected, the file `encoder.keras` of a method that "
                "learns without scores. Received: encoder=None"
            )
        return self.encoder

    def unlabeled(self) -> Images:
        """Returns `images`, which are undistorted.

        Raises:
            ValueError: If they are missing, or were distorted on purpose: a method that
                distorts them would do so twice. Names the images to use.
        """
        images = self.undistorted_or_versions()
        if images.distorted:
            names = [source.name for source in images.distorted]
            raise ValueError(
                "Undistorted images are expected, since this method distorts them, or "
                f"compares with them: {_pristine_flag(names[0])}. Received: --images "
                f"{','.join(names)}, whose images are distorted already"
            )
        return images

    def pristine(self) -> Images:
        """Returns `images` without those that are distorted.

        Raises:
            ValueError: If there are none; names the images to add.
        """
        images = self.undistorted_or_versions()
        if not images.distorted:
            return images
        if not images.undistorted:
            name = images.distorted[0].name
            raise ValueError(
                "Pristine images are expected beside the distorted ones, since this "
                f"method compares with them: {_pristine_flag(name, beside=True)}. "
                f"Received: --images {images.name}"
            )
        return joined(images.undistorted)

    def undistorted_or_versions(self) -> Images:
        """Returns `images`; raises `ValueError` if they are missing."""
        if self.images is None:
            raise ValueError(
                "This method learns from images without scores: `images` are "
                "expected. Received: none"
            )
        return self.images


def _pristine_flag(name: str, *, beside: bool = False) -> str:
    """Returns the flag for the pristine images of a dataset of distorted ones.

    Args:
        name: Name of the distorted images.
        beside: Whether these are to be used too.
    """
    dataset, _, configuration = name.partition("/")
    before = f"{name}," if beside else ""
    if configuration.startswith("distorted"):
        return f"`--images {before}{dataset}/pristine`"
    if beside:
        return f"`--images {before}FOLDER`, with the reference images of the dataset"
    return "`--images` with the reference images of the dataset, such as a folder"
