"""What a method may learn from."""

import dataclasses

from tfiqa.data.load import Source


@dataclasses.dataclass(frozen=True)
class Sources:
    """The pictures that a run offers to a method; each may be absent.

    Attributes:
        train: Labelled pictures to learn from.
        validation: Labelled pictures that choose epochs and hyperparameters.
        images: Unlabelled pictures without distortions: photographs or generated.
        authentic_images: Unlabelled photographs as they come.
    """

    train: Source | None = None
    validation: Source | None = None
    images: Source | None = None
    authentic_images: Source | None = None

    def labelled(self) -> tuple[Source, Source]:
        """Returns `train` and `validation`, or says that they are missing."""
        if self.train is None or self.validation is None:
            raise ValueError(
                "This method learns from scores: a labelled data set is expected, with "
                "parts for training and validation. Received: none"
            )
        return self.train, self.validation
