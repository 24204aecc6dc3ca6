"""Starts the commands of a plan: each in its own process."""

import contextlib
import importlib
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from tfiqa.cli import command
from tfiqa.methods import METHODS
from tfiqa.reproduction.setting import Step

# What most commands import.
COMMON = (
    *("tfiqa.evaluation.run", "tfiqa.evaluation.writing", "tfiqa.report.page"),
    *("tfiqa.training.execution", "tfiqa.scoring.encoder", "tfiqa.cli.progress"),
)


def preload() -> None:
    """Imports what most commands need, so that forks of this process need not."""
    for name in COMMON:
        importlib.import_module(name)
    for name in METHODS:
        METHODS[name]  # A row is imported on first use.


def by_process(step: Step) -> int:
    """Runs a command as a shell would; returns its exit status."""
    module = f"tfiqa.{step.command}"
    return subprocess.run([sys.executable, "-m", module, *step.arguments]).returncode


def by_fork(step: Step, log: Path) -> int:
    """Runs a command in a fork of this process; returns its exit status.

    It need not import TensorFlow and Keras again, which costs more than a tiny run.
    This process must not have used them, only imported them.

    Args:
        step: The command.
        log: The file that receives what it prints.
    """
    if not hasattr(os, "fork"):
        return by_process(step)

    def work() -> None:
        command.forget_flags()
        sys.argv = [step.command, *step.arguments]
        module = importlib.import_module(f"tfiqa.{step.command}")
        command.run(module.define_flags, module.main)

    return in_child(work, log)


def in_child(work: Callable[[], None], log: Path) -> int:
    """Runs a function in a fork of this process; returns its exit status.

    Args:
        work: The function. 1 if it raises an error.
        log: The file that receives what it prints.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    child = os.fork()
    if child == 0:
        with open(log, "ab") as file:
            for number in (1, 2):
                os.dup2(file.fileno(), number)
        os._exit(_exit_status(work))
    try:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    except BaseException:  # Whoever ends this process ends the command too.
        os.kill(child, signal.SIGTERM)
        raise


def _exit_status(work: Callable[[], None]) -> int:
    status = 0
    try:
        work()
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else int(bool(error.code))
    except BaseException:
        traceback.print_exc()
        status = 1
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    return status & 0xFF
