"""Trains a method and writes its scorer, one Keras model from pixels to quality.

python -m tfiqa.train --method hyperiqa
python -m tfiqa.train --method hyperiqa --dataset koniq10k --output runs/koniq

Without --dataset it trains on generated images (`synthetic_iqa`), which it prepares
itself, with the reduced recipe `quick`. A killed run continues with --resume. At
SIGTERM, a training finishes its step, saves its state and exits with 143.

Methods that learn from unlabeled images take them from --images and --authentic_images:
names separated by commas, each a folder, generated images
(`stream:KIND[/SIDE[/COUNT]]`) or a prepared dataset (`NAME`, `NAME:PART`); `@LIST.csv`
after a folder or a dataset names the images. See `tfiqa.training.unlabeled`.
The dataset then maps the features to scores, and evaluates the scorer.

With several workers (`--strategy multi_worker`), each has its own --output; that of the
first one receives the scorer.
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
    from tfiqa.data.images import UnfitImages
    from tfiqa.trainers.state import StateError
    from tfiqa.trainers.step_memory import TooLargeStep
    from tfiqa.training.devices import describe_devices

    try:
        request = training_flags.request_of(flags.FLAGS)
        # A bar, or a line per epoch.
        verbose = 1 if sys.stdout.isatty() else 2
        prepared = training.prepare_training(
            dataclasses.replace(request, verbose=verbose)
        )
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return Status.USAGE
    print("\n".join(describe_devices()))
    if request.chosen_recipe == "quick":
        print(
            "Recipe `quick`: reduced network and training, for first trials. The "
            f"paper's: python -m tfiqa.train --method {request.method} --recipe paper "
            "--dataset NAME"
        )
    try:
        with command.terminable():
            trained = training.train_prepared(prepared)
    except command.Terminated as error:
        message = "stopped by SIGTERM: continue with --resume"
        print(str(error) or message, file=sys.stderr)
        return Status.TERMINATED
    except (UnfitImages, StateError, TooLargeStep) as error:
        print(error, file=sys.stderr)
        return Status.USAGE
    if trained.path is not None:
        print("\n".join(["", *trained.lines()]))
    return Status.OK


if __name__ == "__main__":
    command.run(define_flags, main)
