"""Turns an official checkpoint of a method into a scorer or an encoder.

python -m tfiqa.convert --method hyperiqa CHECKPOINT --output FILE.keras

CHECKPOINT is a .npz or .safetensors file, or one of `torch.save`, which is read
without running any code in it (`pip install 'tfiqa[convert]'`). What is missing or
superfluous in it is named. `--recipe` and `--set` choose how pictures are prepared: the
released KonIQ-10k model of HyperIQA wants `--recipe official_koniq`.

A checkpoint of CONTRIQUE becomes an encoder, and with `--regressor FILE.save`, one of
the six that were published with it, a scorer; those of full reference are told by their
names, `LIVE_FR` and `CSIQ_FR`. No code in such a file is run either. One of contentsep
becomes an encoder too, and one of Re-IQA with `--expert quality` or `--expert content`,
since the files do not tell which they are. NIQE's and IL-NIQE's `.mat` files become
scorers.
"""

import sys
from pathlib import Path

from absl import app
from absl import flags

from tfiqa import layers
from tfiqa.backbones import checkpoints
from tfiqa.cli import command
from tfiqa.config import overrides as configs
from tfiqa.methods import CONVERTERS
from tfiqa.methods import METHODS
from tfiqa.methods import REGRESSORS
from tfiqa.methods import configured
from tfiqa.training import run_folder

# How a scorer is made of the encoder of a method.
NEXT = {
    "contentsep": "--method pristine_distance --images FOLDER",
    "contrique": "--method contrique --dataset NAME",
    "reiqa": "--method reiqa --dataset NAME",
}


def define_flags() -> None:
    """Defines the flags of this command."""
    flags.DEFINE_enum(
        "method", None, sorted(CONVERTERS), "Whose checkpoint it is.", required=True
    )
    flags.DEFINE_string("output", None, "The `.keras` file to write.", required=True)
    flags.DEFINE_string("recipe", "paper", "See `python -m tfiqa.train --help`.")
    flags.DEFINE_multi_string("set", [], "name=value of a field of `Config`.")
    flags.DEFINE_string("expert", None, "Which expert of reiqa a checkpoint is of.")
    flags.DEFINE_string("regressor", None, "A published regressor for an encoder.")
    flags.DEFINE_bool("overwrite", False, "Replace the file that is there.")


def main(argv: list[str]) -> int:
    """Runs the command; returns its exit status."""
    given = flags.FLAGS
    method = given.method
    if len(argv) != 2:
        raise app.UsageError(f"One CHECKPOINT is expected. Received: {argv[1:]}", 2)
    output = Path(given.output)
    if output.suffix != ".keras" or not output.parent.is_dir():
        raise app.UsageError(
            "A `.keras` file in an existing folder is expected. "
            f"Received: --output={output}",
            2,
        )
    if output.exists() and not given.overwrite:
        raise app.UsageError(f"{output} exists; replace it with --overwrite.", 2)
    if given.regressor is not None and method not in REGRESSORS:
        raise app.UsageError(f"{method} takes no --regressor.", 2)
    try:
        overrides = configs.parse(given["set"].value or [])
        if given.expert is not None:
            overrides["expert"] = given.expert
        config = configured(METHODS[method], given.recipe, overrides)
        model = CONVERTERS[method](checkpoints.read_arrays(argv[1]), config)
        if given.regressor is not None:
            model = REGRESSORS[method](model, given.regressor)
    except (ValueError, ImportError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    path = run_folder.save_model(model, output)
    if not isinstance(model.layers[-1], layers.MOS):
        print(f"encoder: {path}")
        print(f"make a scorer: python -m tfiqa.train --encoder {path} {NEXT[method]}")
        return 0
    reference = " --reference REFERENCE" if len(model.inputs) > 1 else ""
    print(f"scorer: {path}")
    print(f"score a picture: python -m tfiqa.score --model {path} PICTURE{reference}")
    return 0


if __name__ == "__main__":
    command.run(define_flags, main)
