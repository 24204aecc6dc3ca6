"""How every command of the package starts and ends."""

import contextlib
import errno
import io
import logging as python_logging
import os
import signal
import sys
import traceback
from collections.abc import Callable
from collections.abc import Iterator
from typing import TypeGuard

from absl import app
from absl import flags
from absl import logging

from tfiqa.cli import help
from tfiqa.cli import offline
from tfiqa.cli import quiet_import
from tfiqa.cli.status import Status


class Terminated(KeyboardInterrupt):
    """The process received SIGTERM; the message, if any, says what was kept."""


def run(define_flags: Callable[[], None], main: Callable[[list[str]], int]) -> None:
    """Parses the flags and runs a command, whose result is the exit status.

    `--help` prints the docstring of the command and its flags. Lines that TensorFlow
    writes while it is imported are not shown; see `quiet_import`.

    Exits with 2 for wrong usage; with 70, after a traceback, for an error that the
    command does not handle; with 130 for Ctrl-C; and with 141 if the reader of the
    output has stopped. Flags are defined here and not on import, so that one process
    can import more than one command.
    """
    _open_streams()
    quiet_import.install()
    define_flags()
    offline.define_flag()
    # TensorFlow and TensorFlow Datasets log every step.
    logging.set_verbosity(logging.WARNING)
    python_logging.getLogger("tensorflow").setLevel("WARNING")
    # TensorFlow Datasets warns about a field that it reads itself.
    logging.get_absl_handler().addFilter(
        lambda record: "FeatureConnector.dtype" not in record.getMessage()
    )

    def start(argv: list[str]) -> int:
        if flags.FLAGS.offline:
            offline.enforce()
        try:
            return main(argv)
        except app.UsageError as error:
            print(help.usage_error(error), file=sys.stderr)
            return Status.USAGE

    def parse(argv: list[str]) -> list[str]:
        if help.is_requested(argv):
            print(help.text(main))
            sys.exit(Status.OK)
        return parsed(argv)

    try:
        app.run(start, flags_parser=parse)
    except Terminated as error:
        if str(error):
            print(error, file=sys.stderr)
        _end(Status.TERMINATED)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        _end(Status.INTERRUPTED)
    except BrokenPipeError:
        _end(Status.CLOSED_PIPE)
    except Exception as error:  # Commands handle the errors that they expect.
        if _is_full(error):
            print(f"standard output: {error.strerror}", file=sys.stderr)
            _end(Status.OUTPUT)
        if refusal := offline.refusal(error):
            print(refusal, file=sys.stderr)
            _end(Status.USAGE)
        traceback.print_exc()
        _end(Status.UNFORESEEN)
    except SystemExit as error:
        _end(error.code)


def parsed(argv: list[str]) -> list[str]:
    """Returns the arguments that are not flags; wrong flags exit with 2.

    A flag that takes one value may occur only once: all values but the last would be
    lost silently.
    """
    try:
        arguments = flags.FLAGS(argv)
    except flags.Error as error:
        print(help.usage_error(error), file=sys.stderr)
        sys.exit(Status.USAGE)
    for name in flags.FLAGS:
        flag = flags.FLAGS[name]
        if flag.present > 1 and not isinstance(flag, flags.MultiFlag):
            print(
                f"--{name} is expected once. Received: {flag.present} times",
                file=sys.stderr,
            )
            sys.exit(Status.USAGE)
    return arguments


def forget_flags() -> None:
    """Forgets the flags of this command, so that another one can define its own."""
    by_module = flags.FLAGS.flags_by_module_dict()
    for module, defined in list(by_module.items()):
        if not module.startswith("absl"):
            for flag in list(defined):
                delattr(flags.FLAGS, flag.name)


@contextlib.contextmanager
def terminable() -> Iterator[None]:
    """Raises `Terminated` on SIGTERM, which otherwise ends the process silently."""

    def end(number, frame):
        raise Terminated

    try:
        previous = signal.signal(signal.SIGTERM, end)
    except ValueError:  # Not in the main thread, which alone receives signals.
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


def _open_streams() -> None:
    """Makes the standard streams safe to write any text to.

    A closed stream is opened on the null device. Otherwise the next file opened would
    get its number, and libraries would write into it. Characters that a terminal
    cannot print are escaped.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _is_full(error: Exception) -> TypeGuard[OSError]:
    """Returns whether the standard output cannot take more, as on a full disk.

    Errors of other files have a name.
    """
    full = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return isinstance(error, OSError) and not error.filename and error.errno in full


def _end(status: object) -> None:
    """Exits; output that nobody reads is no error when Python shuts down either."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError) as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        if not _is_full(error):
            status = status or Status.CLOSED_PIPE
        elif status != Status.OUTPUT:
            print(f"standard output: {error.strerror}", file=sys.stderr)
            status = Status.OUTPUT
    sys.exit(status)  # type: ignore[arg-type]
