"""Trains a method and writes its scorer, one Keras model from pixels to quality.

python -m tfiqa.train --method hyperiqa
python -m tfiqa.train --method hyperiqa --dataset koniq10k --output runs/koniq

Without --dataset it trains on generated pictures (`synthetic_iqa`), which it makes by
itself, with the reduced recipe `quick`. A run that was killed goes on with --resume.

Methods that learn from pictures without scores take these from --images and
--authentic_images, names with commas between, each a folder, generated pictures
(`stream:KIND[/SIDE[/COUNT]]`) or a prepared dataset; see `tfiqa.training.unlabeled`.
The dataset is then what the features are mapped to scores with, and evaluated on.

Several workers (`--strategy multi_worker`) take an --output each; the first one's has
the scorer.
"""

import dataclasses
import sys

from absl import app
from absl import flags

from tfiqa.cli import command
from tfiqa.cli.status import Status
from tfiqa.training import flags as training_flags


def define_flags() -> None:
    """Defines the flags of this command."""
    training_flags.define(flags.FLAGS)


def main(argv: list[str]) -> int:
    """Runs the command; returns its exit status."""
    if len(argv) > 1:
        raise app.UsageError(f"No arguments are expected. Received: {argv[1:]}", 2)
    from tfiqa import training
    from tfiqa.data.images import UnfitPictures
    from tfiqa.trainers.state import StateError

    try:
        request = training_flags.request_of(flags.FLAGS)
        # A bar, or a line an epoch.
        verbose = 1 if sys.stdout.isatty() else 2
        prepared = training.prepare_training(
            dataclasses.replace(request, verbose=verbose)
        )
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return Status.USAGE
    if request.chosen_recipe == "quick":
        print(
            "Recipe `quick`: reduced in network and training, for a first look. The "
            f"paper's: python -m tfiqa.train --method {request.method} --recipe paper "
            "--dataset NAME"
        )
    try:
        trained = training.train_prepared(prepared)
    except (UnfitPictures, StateError) as error:
        print(error, file=sys.stderr)
        return Status.USAGE
    if trained.path is not None:
        print("\n".join(["", *trained.lines()]))
    return Status.OK


if __name__ == "__main__":
    command.run(define_flags, main)
