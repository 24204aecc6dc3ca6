"""What a method may learn from."""

import dataclasses
from pathlib import Path

from tfiqa.data.images import Images
from tfiqa.data.load import Source


@dataclasses.dataclass(frozen=True)
class Sources:
    """The pictures that a run offers to a method; each may be absent.

    Attributes:
        train: Labelled pictures to learn from.
        validation: Labelled pictures that choose epochs and hyperparameters.
        images: Unlabelled pictures without distortions: photographs or generated.
        authentic_images: Unlabelled photographs as they come.
        encoder: The file of an encoder that is to be used instead of pre-training one.
        encoders: The files of several that are to be joined; then there is no
            `encoder`.
    """

    train: Source | None = None
    validation: Source | None = None
    images: Images | None = None
    authentic_images: Images | None = None
    encoder: Path | None = None
    encoders: tuple[Path, ...] = ()

    def labelled(self) -> tuple[Source, Source]:
        """Returns `train` and `validation`, or says that they are missing."""
        if self.train is None or self.validation is None:
            raise ValueError(
                "This method learns from scores: a labelled data set is expected, with "
                "parts for training and validation. Received: none"
            )
        return self.train, self.validation

    def pretrained(self) -> Path:
        """Returns `encoder`, or says that it is missing."""
        if self.encoder is None:
            raise ValueError(
                "An encoder is expected, the file `encoder.keras` of a method that "
                "learns without scores. Received: encoder=None"
            )
        return self.encoder

    def unlabelled(self) -> Images:
        """Returns `images`, or says that they are missing."""
        if self.images is None:
            raise ValueError(
                "This method learns from pictures without scores: `images` are "
                "expected. Received: none"
            )
        return self.images
