"""Where the commands of a plan read and write, and how large they are."""

import dataclasses
import re
import shlex
from collections.abc import Iterable
from collections.abc import Mapping
from pathlib import Path

SCALES = ("paper", "tiny")


@dataclasses.dataclass(frozen=True)
class Setting:
    """Folders of the commands, and their scale.

    Attributes:
        files: Folder of published files: `NAME/` for each database, `pristine/` for
            pristine photographs, `scores/` for tables of other tools.
        weights: Folder of official models.
        output: Folder of everything that is made.
        data: Folder of prepared datasets; `None` for TFDS's default.
        scale: `"paper"`, or `"tiny"` for small networks on generated stand-ins.

    Raises:
        ValueError: If the scale is unknown.
    """

    files: str = "files"
    weights: str = "weights"
    output: str = "runs/reproduce"
    data: str | None = None
    scale: str = "paper"

    def __post_init__(self):
        if self.scale not in SCALES:
            raise ValueError(
                f"`scale` must be one of {', '.join(SCALES)}. Received: {self.scale!r}"
            )

    @property
    def is_tiny(self) -> bool:
        """Whether networks are small and databases are stand-ins."""
        return self.scale == "tiny"

    @property
    def data_flags(self) -> tuple[str, ...]:
        """The flag that names the folder of prepared datasets, if it is not TFDS's."""
        return () if self.data is None else (f"--data_dir={self.data}",)

    def tiny(self) -> "Setting":
        """Returns the setting of tiny runs, all in one folder of the output."""
        root = Path(self.output) / "tiny"
        return Setting(
            *(f"{root}/{name}" for name in ("files", "weights", "runs", "data")),
            scale="tiny",
        )


@dataclasses.dataclass(frozen=True)
class Step:
    """One command of a plan, `python -m tfiqa.COMMAND ARGUMENTS`.

    Attributes:
        command: Name of the command.
        arguments: Its arguments, as a shell would pass them.
        makes: The file that it writes last; empty for the preparation of a dataset.
        dataset: The dataset that it prepares, if that is what it does.
    """

    command: str
    arguments: tuple[str, ...]
    makes: str
    dataset: str | None = None

    @property
    def line(self) -> str:
        """The command for a shell."""
        return shlex.join(["python", "-m", f"tfiqa.{self.command}", *self.arguments])

    def reads(self, files: Iterable[str]) -> bool:
        """Returns whether an argument names one of some files."""
        return any(file in word for file in files for word in self.arguments)

    def afresh(self) -> "Step":
        """Returns the command that replaces an old result instead of resuming."""
        arguments = ("--overwrite" if a == "--resume" else a for a in self.arguments)
        return dataclasses.replace(self, arguments=tuple(arguments))


def slug(text: str) -> str:
    """Returns a name for files: `contrique-dead-leaves`."""
    return re.sub(r"[^\w.*]+", "-", text).strip("-")


def set_flags(fields: Mapping[str, object]) -> tuple[str, ...]:
    """Returns the flags that set fields of a config."""
    return tuple(f"--set={name}={value}" for name, value in fields.items())
