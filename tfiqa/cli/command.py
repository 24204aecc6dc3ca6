"""How every command of the package starts."""

import logging as python_logging
import sys
import traceback
from collections.abc import Callable

from absl import app
from absl import flags
from absl import logging

from tfiqa.cli.status import Status


def run(define_flags: Callable[[], None], main: Callable[[list[str]], int]) -> None:
    """Parses the flags and runs a command, whose result is the exit status.

    Wrong flags exit with 2, an error that the command does not expect with 70, after
    its traceback. Flags are defined here and not on import, so that several commands
    can be imported into one process.
    """
    define_flags()
    # TensorFlow and its datasets tell every step.
    logging.set_verbosity(logging.WARNING)
    python_logging.getLogger("tensorflow").setLevel("WARNING")
    # The datasets of TensorFlow warn of a field that they ask for themselves.
    logging.get_absl_handler().addFilter(
        lambda record: "FeatureConnector.dtype" not in record.getMessage()
    )
    try:
        app.run(main, flags_parser=parsed)
    except Exception:  # None that a command expects gets here.
        traceback.print_exc()
        sys.exit(Status.UNFORESEEN)


def parsed(argv: list[str]) -> list[str]:
    """Returns the arguments that are no flags; wrong flags exit with 2."""
    try:
        return flags.FLAGS(argv)
    except flags.Error as error:
        print(f"{error}\nPass --help to see the flags.", file=sys.stderr)
        sys.exit(Status.USAGE)
