"""How every command of the package starts."""

import logging as python_logging
import sys
from collections.abc import Callable

from absl import app
from absl import flags
from absl import logging


def run(define_flags: Callable[[], None], main: Callable[[list[str]], int]) -> None:
    """Parses the flags and runs a command, whose result is the exit status.

    Wrong flags exit with 2. Flags are defined here and not on import, so that several
    commands can be imported into one process.
    """
    define_flags()
    # TensorFlow and its datasets tell every step.
    logging.set_verbosity(logging.WARNING)
    python_logging.getLogger("tensorflow").setLevel("WARNING")
    # The datasets of TensorFlow warn of a field that they ask for themselves.
    logging.get_absl_handler().addFilter(
        lambda record: "FeatureConnector.dtype" not in record.getMessage()
    )
    app.run(main, flags_parser=parsed)


def parsed(argv: list[str]) -> list[str]:
    """Returns the arguments that are no flags; wrong flags exit with 2."""
    try:
        return flags.FLAGS(argv)
    except flags.Error as error:
        print(f"{error}\nPass --help to see the flags.", file=sys.stderr)
        sys.exit(2)
