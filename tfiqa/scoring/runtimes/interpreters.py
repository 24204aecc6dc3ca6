"""LiteRT interpreters of one graph, for any number of threads."""

import contextlib
import dataclasses
import os
import queue
import threading
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from tfiqa.scoring.runtimes.base import RuntimeUnavailableError


@dataclasses.dataclass(frozen=True)
class Held:
    """An interpreter and the runner of one of its signatures, which does not hold it.

    Attributes:
        interpreter: The interpreter.
        run: Function from named arrays to named arrays.
    """

    interpreter: Any
    run: Any


class Interpreters:
    """Interpreters of a graph, each used by one thread at a time.

    There are as many as calls at the same time. Each uses one core, since images that
    are computed in parallel use all cores better.

    Args:
        content: The graph, a flat buffer.
        signature: The signature to run.
    """

    def __init__(self, content: bytes, signature: str):
        self._content = content
        self._signature = signature
        self._idle: queue.SimpleQueue[Held] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._has_run = False

    def run(self, **inputs: ArrayLike) -> dict[str, np.ndarray]:
        """Returns the outputs of the signature, by name."""
        with self.one() as held:
            if self._has_run:
                return held.run(**inputs)
            with self._lock:  # Others wait, since all of them share standard error.
                if not self._has_run:
                    with quiet_start():
                        outputs = held.run(**inputs)
                    self._has_run = True
                    return outputs
            return held.run(**inputs)

    @contextlib.contextmanager
    def one(self) -> Iterator[Held]:
        """Yields an interpreter that nobody else uses.

        Raises:
            RuntimeUnavailableError: If LiteRT is not installed.
            ValueError: As LiteRT, if the graph is broken.
        """
        try:
            held = self._idle.get_nowait()
        except queue.Empty:
            held = self._new()
        yield held
        self._idle.put(held)  # Not after an error, which may have broken it.

    def _new(self) -> Held:
        interpreter = interpreter_class()(model_content=self._content, num_threads=1)
        return Held(interpreter, interpreter.get_signature_runner(self._signature))


def interpreter_class() -> Callable[..., Any]:
    """Returns the class `Interpreter` of LiteRT.

    Raises:
        RuntimeUnavailableError: If LiteRT is not installed.
    """
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError as error:
        raise RuntimeUnavailableError(
            "LiteRT is expected: pip install ai-edge-litert. Received: "
            f"{type(error).__name__}: {error}"
        ) from error
    return Interpreter


@contextlib.contextmanager
def quiet_start() -> Iterator[None]:
    """Suppresses the line that LiteRT writes when an interpreter first runs.

    LiteRT writes it directly to the standard error of the process, and no setting
    prevents that. Errors are exceptions, and are not suppressed.
    """
    try:
        kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    except OSError:  # The process has no standard error.
        yield
        return
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
