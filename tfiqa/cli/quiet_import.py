"""Keeps the lines that TensorFlow writes while it is imported off the terminal.

TensorFlow writes them to file descriptor 2 before any setting of its log applies. They
are shown if the import fails, or if `TF_CPP_MIN_LOG_LEVEL=0` asks for them. Unless
that variable is set, TensorFlow logs errors alone afterwards: its warnings are about
its own kernels, some for every operation.
"""

import contextlib
import importlib.abc
import importlib.util
import os
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

_PACKAGE = "tensorflow"
_LEVEL = "TF_CPP_MIN_LOG_LEVEL"


def install() -> None:
    """Makes the next import of TensorFlow quiet; without effect if it was imported."""
    if _PACKAGE in sys.modules or os.environ.setdefault(_LEVEL, "2") == "0":
        return
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


class _Finder(importlib.abc.MetaPathFinder):
    """Finds TensorFlow where Python finds it, with a quiet loader."""

    def find_spec(self, fullname, path=None, target=None):
        if fullname != _PACKAGE:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is not None and spec.loader is not None:
            _quiet(spec.loader)
        return spec


def _quiet(loader: Any) -> None:
    execute = loader.exec_module

    def exec_module(module) -> None:
        with captured():
            execute(module)
            # The search for GPUs writes too.
            module.config.list_physical_devices()

    loader.exec_module = exec_module


@contextlib.contextmanager
def captured() -> Iterator[None]:
    """Captures what is written to file descriptor 2; shows it if an error is raised."""
    try:
        kept = os.dup(2)
    except OSError:  # The process has no standard error.
        yield
        return
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), 2)
        try:
            yield
        except BaseException:
            file.seek(0)
            os.write(kept, file.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
