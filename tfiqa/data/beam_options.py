"""Runners and options of Apache Beam, for every command that runs there."""

import dataclasses
import importlib
import logging
import shlex
import sys
from typing import Any

LOCAL_RUNNER = "FnApiRunner"
_WORKER = "tfiqa.beam.worker"


@dataclasses.dataclass(frozen=True)
class BeamOptions:
    """Where a pipeline runs.

    Attributes:
        runner: Name of a runner of Beam. The default runs on this machine and needs no
            network; `DirectRunner` downloads a program first.
        workers: Number of processes of the default runner.
        others: Further options of Beam, such as `--region=europe-west1`.
    """

    runner: str = LOCAL_RUNNER
    workers: int = 1
    others: tuple[str, ...] = ()

    def pipeline_options(self) -> Any:
        """Returns the `PipelineOptions`.

        Raises:
            ModuleNotFoundError: If Beam is not installed; names the extra.
            ValueError: If Beam does not know an option, or the runner does not exist.
        """
        beam_options = import_beam().options.pipeline_options
        local = []
        if self.runner == LOCAL_RUNNER and self.workers > 1:
            local.append(f"--direct_num_workers={self.workers}")
        options = beam_options.PipelineOptions(local)
        known = options.get_all_options(drop_default=False)
        for option in self.others:
            name = option.lstrip("-").partition("=")[0]
            is_known = {name, name.removeprefix("no_")} & set(known)
            if not option.startswith("--") or not is_known:
                raise ValueError(
                    "Options of Beam, each as --NAME=VALUE, are expected after --. "
                    f"Received: {option!r}"
                )
        return beam_options.PipelineOptions([*local, *self.others])

    def pipeline_runner(self) -> Any:
        """Returns the runner.

        Raises:
            ModuleNotFoundError: If Beam is not installed; names the extra.
            ValueError: If the runner does not exist or needs an extra.
        """
        beam = import_beam()
        if self.runner == LOCAL_RUNNER:
            # It warns that workers are in one process, which ours are not, and logs
            # the errors that it raises, once for each worker.
            logging.getLogger("apache_beam").setLevel(logging.CRITICAL)
        try:
            if self.runner == LOCAL_RUNNER and self.workers > 1:
                return _with_processes()
            return beam.runners.create_runner(self.runner)
        except (AttributeError, ImportError, ValueError) as error:
            first = str(error).strip().partition("\n")[0]
            raise ValueError(
                "A runner of Beam that is installed is expected. "
                f"Received: {self.runner}: {first}"
            ) from error


def _with_processes() -> Any:
    """Returns the local runner with its workers in processes."""
    runners = importlib.import_module(
        "apache_beam.runners.portability.fn_api_runner.fn_runner"
    )
    environments = importlib.import_module("apache_beam.transforms.environments")
    # `exec`, since the runner ends the shell alone.
    command = f"exec {shlex.quote(sys.executable)} -m {_WORKER}"
    environment = environments.SubprocessSDKEnvironment.from_command_string(
        command_string=command
    )
    return runners.FnApiRunner(default_environment=environment)


def import_beam() -> Any:
    """Returns the package `apache_beam`, imported without its warnings.

    Raises:
        ModuleNotFoundError: If it is not installed; names the extra.
    """
    logger = logging.getLogger()
    level = logger.level
    logger.setLevel(logging.ERROR)  # Beam warns about packages that it misses.
    try:
        for name in ("options.pipeline_options", "runners"):
            importlib.import_module(f"apache_beam.{name}")
        return importlib.import_module("apache_beam")
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "Apache Beam is expected: pip install 'tfiqa[beam]'"
        ) from error
    finally:
        logger.setLevel(level)
