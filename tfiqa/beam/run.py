"""A run: what is missing is processed, then everything is checked."""

import contextlib
import dataclasses
import json
import time
import uuid
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import apache_beam as beam
from apache_beam.io.filesystems import FileSystems

from tfiqa.beam import models
from tfiqa.beam import plan
from tfiqa.beam import storage
from tfiqa.beam.errors import found_in
from tfiqa.beam.inputs import Inputs
from tfiqa.beam.keeping import Keeper
from tfiqa.beam.manifests import Manifest
from tfiqa.beam.manifests import faults
from tfiqa.beam.outputs import PLAN
from tfiqa.beam.outputs import REPORT
from tfiqa.beam.outputs import Output
from tfiqa.beam.publishing import Publisher
from tfiqa.beam.records import Columns
from tfiqa.beam.report import Report
from tfiqa.beam.request import BeamRequest
from tfiqa.beam.settings import fingerprint
from tfiqa.beam.settings import output_settings
from tfiqa.beam.transforms import Handler
from tfiqa.beam.transforms import PublishShards
from tfiqa.beam.work import Work
from tfiqa.beam.work import digest_of_keys
from tfiqa.files.listing import Rules
from tfiqa.files.listing import Skipped
from tfiqa.files.lock import locked

Say = Callable[[str], None]

_EXPECTED = (ImportError, OSError, TypeError, ValueError)


class InputError(ValueError):
    """An input, the model or the output folder is not as expected; nothing was run."""


class OutputError(OSError):
    """The output folder cannot be written."""


@dataclasses.dataclass(frozen=True)
class Result:
    """How a run ended.

    Attributes:
        report: What is published of the inputs.
        faults: Why not every input is in exactly one published output; empty after
            success.
        skipped: What listing folders skipped.
        done_before: Number of shards that earlier runs had published.
        leftovers: Number of files of killed and repeated attempts that were removed.
        kept: Number of images that pass `keep`; None without it.
        seconds: Seconds in the pipeline.
    """

    report: Report
    faults: list[str]
    skipped: Skipped
    done_before: int
    leftovers: int
    kept: int | None
    seconds: float


@dataclasses.dataclass
class _Planned:
    """The shards of a run, without the paths that they list."""

    counts: dict[str, int | None] = dataclasses.field(default_factory=dict)
    digests: dict[str, str] = dataclasses.field(default_factory=dict)

    def add(self, work: Work) -> str:
        """Adds a shard; returns its name."""
        name = work.name
        self.counts[name] = work.expected
        if work.keys:
            self.digests[name] = digest_of_keys(work.keys)
        return name


def run(request: BeamRequest, *, say: Say | None = None) -> Result:
    """Processes all inputs that are not published yet; see `outputs` for the folder.

    Args:
        request: The request.
        say: Called with lines about the progress.

    Raises:
        InputError: If anything is wrong before the pipeline starts; one line.
        OutputError: If the output folder cannot be written.
        ModelError: If the model does not load on a worker.
    """
    say = say or (lambda line: None)
    with _input_errors():
        runner = request.options.pipeline_runner()
        options = request.options.pipeline_options()
        FileSystems.set_options(options)
        beam.Pipeline(runner=runner, options=options)  # It checks the options.
        storage.check_access(request.output)
        inputs = _inputs_of(request)
        inputs.check()
        keeper = Keeper(request.keep, request.settings) if request.keep else None
        handler = Handler(request.settings, large_model=request.large_model)
        columns = Columns(request.image_column, request.key_column, request.data_dir)
    output = Output(request.output)
    with _output_errors(), _locked(output):
        facts = _facts_of(request, handler)
        with _input_errors(ValueError):
            output.bind(facts)
        before = output.published()
        planned, skipped = _Planned(), Skipped()
        with _input_errors(ValueError, storage.StorageError):
            path, pending = _write_plan(
                *(output, inputs, fingerprint(facts)), planned, before, skipped
            )
        done = len(planned.counts) - pending
        say(f"{len(planned.counts):,} shards, {done:,} published already")
        seconds = 0.0
        try:
            if pending:
                output.begin()
                publisher = Publisher(
                    *(output.folder, request.form),
                    row_columns=models.columns_of(request.settings),
                    columns=columns,
                )
                seconds = _run_pipeline(path, handler, publisher, runner, options)
        finally:
            output.forget_plans()
        return _finished(
            *(output, planned, skipped, keeper), done=done, seconds=seconds, facts=facts
        )


def _inputs_of(request: BeamRequest) -> Inputs:
    return Inputs(
        names=request.inputs,
        kind=request.kind,
        data_dir=request.data_dir,
        shard_size=request.shard_size,
        rules=Rules(follow_links=request.follow_links, hidden=request.hidden),
    )


def _facts_of(request: BeamRequest, handler: Handler) -> dict[str, Any]:
    columns = {"image_column": request.image_column, "key_column": request.key_column}
    own = output_settings(
        request.settings, handler.digest, handler.runtime, request.form
    )
    return {**own, **columns}


def _write_plan(
    output: Output,
    inputs: Inputs,
    settings: str,
    planned: _Planned,
    before: dict[str, tuple[str, Manifest]],
    skipped: Skipped,
) -> tuple[str, int]:
    """Writes the plan of what is missing; returns its path and its length."""

    def missing() -> Iterator[Work]:
        for work in inputs.works(settings, skipped):
            name = planned.add(work)
            # What could not be read before is tried again.
            if name not in before or before[name][1].reason:
                yield work

    path = output.path(PLAN, f"{uuid.uuid4().hex}.jsonl")
    try:
        return path, plan.write(path, missing())
    except BaseException:
        output.forget_plans()
        raise


def _run_pipeline(
    path: str, handler: Handler, publisher: Publisher, runner: Any, options: Any
) -> float:
    """Runs the pipeline; returns the seconds that it took."""
    start = time.perf_counter()
    try:
        with beam.Pipeline(runner=runner, options=options) as pipeline:
            plans = pipeline | beam.Create([path], reshuffle=False)
            _ = plans | PublishShards(handler, publisher)
    except Exception as error:
        cause = found_in(error)
        if cause is None:
            raise
        raise cause from None
    return time.perf_counter() - start


def _finished(
    output: Output,
    planned: _Planned,
    skipped: Skipped,
    keeper: Keeper | None,
    *,
    done: int,
    seconds: float,
    facts: dict[str, Any],
) -> Result:
    """Checks what is published, and writes the report and `_SUCCESS`."""
    published = output.published()
    counting = {name: published[name] for name in planned.counts if name in published}
    manifests = {name: manifest for name, (_, manifest) in counting.items()}
    wrong = faults(planned.counts, manifests, planned.digests)
    report = Report.of(manifests.values())
    content = json.dumps({**report.to_json(), "faults": wrong}, indent=2)
    storage.write_bytes(output.path(REPORT), f"{content}\n".encode())
    kept = None
    if keeper is not None:
        kept = keeper.write(output, list(manifests.values()), facts["format"])
    leftovers = 0
    if not wrong:
        names = [name for name, _ in counting.values()]
        output.succeed(names, {"images": report.images, "settings": facts})
        leftovers = output.remove_leftovers(published.values())
    return Result(report, wrong, skipped, done, leftovers, kept, seconds)


@contextlib.contextmanager
def _locked(output: Output) -> Iterator[None]:
    """Locks a local folder against other runs; remote ones cannot be locked."""
    if storage.is_remote(output.folder):
        yield
        return
    from pathlib import Path

    folder = Path(output.folder)
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        with _input_errors(ValueError):
            stack.enter_context(locked(folder / "run"))
        yield


@contextlib.contextmanager
def _input_errors(
    *kinds: type[Exception],
) -> Iterator[None]:
    """Turns errors of what the user named into `InputError`."""
    try:
        yield
    except (InputError, OutputError):
        raise
    except Exception as error:
        if not isinstance(error, kinds or _EXPECTED):
            raise
        raise InputError(str(error)) from error


@contextlib.contextmanager
def _output_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        name = f"{error.filename}: " if error.filename else ""
        raise OutputError(error.errno, f"{name}{storage.one_line(error)}") from error
