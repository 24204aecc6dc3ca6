"""Batches that several processes make in turn, since Python's lock bounds one.

Each process makes every n-th batch. Examples are pure functions of their position, so
the batches and their order are those of one process.
"""

import contextlib
import functools
import itertools
import multiprocessing
import os
import signal
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from multiprocessing.connection import Connection
from typing import Any
from typing import Protocol

import numpy as np
import tensorflow as tf

from tfiqa.data import order
from tfiqa.data.images import Images
from tfiqa.data.order import Part

# A `functools.partial` of a function of a module: it is copied to the processes.
Make = Callable[..., tf.data.Dataset]


# Accelerators are for the training.
_ON_CPU = {"CUDA_VISIBLE_DEVICES": "-1", "JAX_PLATFORMS": "cpu"}


class _Run(Protocol):
    @property
    def worker(self) -> int: ...

    @property
    def workers(self) -> int: ...

    @property
    def feeding_processes(self) -> int: ...


class _SeededRun(_Run, Protocol):
    @property
    def seed(self) -> int: ...


class _Position(Protocol):
    @property
    def epoch(self) -> int: ...

    @property
    def step(self) -> int: ...


def from_position(
    make: Make, *sources: Any, run: _SeededRun, epochs: int, **options: Any
) -> Callable[[_Position], tf.data.Dataset]:
    """Returns the function from a position to the batches from it to the last epoch.

    Args:
        make: Function of a module that takes `sources`, `options` and the keywords
            `seed`, `epochs` and `part`; see `batches`.
        *sources: Its positional arguments.
        run: The run.
        epochs: Number of epochs of the training.
        **options: Its other keyword arguments.
    """

    def after(position: _Position) -> tf.data.Dataset:
        places = {"seed": run.seed, "epochs": range(position.epoch, epochs)}
        made = functools.partial(make, *sources, **places, **options)
        return batches(made, run, skip=position.step)

    return after


def batches(make: Make, run: _Run, *, skip: int = 0) -> tf.data.Dataset:
    """Returns the batches of this worker, made by as many processes as the run says.

    Args:
        make: A `functools.partial` that takes the keyword `part` and returns a dataset
            of batches of one shape. Its arguments can be pickled. Reasons why `Images`
            among its positional arguments are skipped arrive there.
        run: The run; its `feeding_processes` are at least 1.
        skip: Number of batches at the start that are not made.
    """
    part = order.of_worker(run, skip=skip)
    if run.feeding_processes == 1:
        return make(part=part)
    return _made_by_others(make, part, run.feeding_processes)


def _made_by_others(make: Make, part: Part, count: int) -> tf.data.Dataset:
    parts = [
        Part(part.worker, part.workers, feeder, count, part.skip)
        for feeder in range(count)
    ]
    spec = make(part=parts[0]).element_spec  # Nothing is read yet.

    def received() -> Iterator[tuple]:
        return _received(make, parts)

    dataset = tf.data.Dataset.from_generator(
        received, output_signature=tuple(tf.nest.flatten(spec))
    )
    packed = dataset.map(lambda *flat: tf.nest.pack_sequence_as(spec, flat))
    return part.marked(packed.prefetch(2))


def _received(make: Make, parts: list[Part]) -> Iterator[tuple[np.ndarray, ...]]:
    """Yields the batches of processes in turn; they end with the iterator."""
    # Not by forking: the threads of TensorFlow would be missing in the child.
    context = multiprocessing.get_context("spawn")
    threads = max(2, (os.cpu_count() or 1) // len(parts))
    feeders = []
    try:
        for part in parts:
            ours, theirs = context.Pipe(duplex=False)
            arguments = (make, part, threads, theirs)
            process = context.Process(target=_feed, args=arguments, daemon=True)
            with _environment(_ON_CPU):
                process.start()
            theirs.close()
            feeders.append((process, ours))
        for _, connection in itertools.cycle(feeders):
            batch = _next(make, connection)
            if batch is None:
                return
            yield batch
    finally:
        for process, connection in feeders:
            connection.close()
            process.kill()
            process.join()


@contextlib.contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _next(make: Make, connection: Connection) -> tuple[np.ndarray, ...] | None:
    """Returns the next batch of a process; None if there are no more."""
    try:
        message = connection.recv()
    except EOFError:
        raise RuntimeError(
            "A feeding process is expected to go on. Received: one that was ended, "
            "perhaps since memory is scarce"
        ) from None
    if message is None:
        return None
    content, skipped = message
    for images, reasons in zip(_sources(make), skipped, strict=True):
        images.skipped.update(reasons)
    if isinstance(content, str):
        raise RuntimeError(f"A feeding process failed: {content}")
    arrays = tuple(np.empty(shape, dtype) for shape, dtype in content)
    for array in arrays:
        connection.recv_bytes_into(array.data.cast("B"))
    return arrays


def _feed(make: Make, part: Part, threads: int, connection: Connection) -> None:
    """Sends the batches of a part; runs in a process of its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # The training decides when to end.
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    _send(make, part, connection)


def _send(make: Make, part: Part, connection: Connection) -> None:
    """Sends batches: shapes and types of each, its skipped images, then its bytes.

    None follows the last one; a text, in place of shapes and types, is an error.
    """
    sources = _sources(make)
    known: list[dict[str, str]] = [{} for _ in sources]

    def skipped() -> list[dict[str, str]]:
        added = []
        for before, images in zip(known, sources, strict=True):
            names = [name for name in list(images.skipped) if name not in before]
            added.append({name: images.skipped[name] for name in names})
            before.update(added[-1])
        return added

    try:
        for batch in make(part=part).as_numpy_iterator():
            arrays = [np.ascontiguousarray(array) for array in tf.nest.flatten(batch)]
            kinds = [(array.shape, array.dtype.str) for array in arrays]
            connection.send((kinds, skipped()))
            for array in arrays:
                connection.send_bytes(array.data.cast("B"))
        connection.send(None)
    except BrokenPipeError:
        return
    except Exception as error:
        connection.send((f"{type(error).__name__}: {error}", skipped()))


def _sources(make: Make) -> list[Images]:
    """Returns the sources of images, not joined, among the arguments of a partial."""
    arguments = [one for one in getattr(make, "args", ()) if isinstance(one, Images)]
    return [source for images in arguments for source in images.sources]
