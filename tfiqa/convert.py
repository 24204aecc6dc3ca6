"""Turns an official checkpoint of a method into a scorer or an encoder.

python -m tfiqa.convert --method hyperiqa CHECKPOINT --output FILE.keras

CHECKPOINT is a .npz or .safetensors file, or one of `torch.save`, which is read without
running any code in it (`pip install 'tfiqa[convert]'`). Missing and superfluous arrays
are named. `--recipe` and `--set` choose how images are prepared: the released KonIQ-10k
model of HyperIQA needs `--recipe official_koniq`, and `--crops random:10` for the ten
random crops of its authors' demo.

A checkpoint of CONTRIQUE becomes an encoder; with `--regressor FILE.save`, one of the
six published with it, it becomes a scorer. The full-reference ones are recognized by
their names, `LIVE_FR` and `CSIQ_FR`. No code in such a file is run either. A checkpoint
of contentsep becomes an encoder too, and so does one of Re-IQA, with `--expert quality`
or `--expert content`, since the files do not say which they are. NIQE's and IL-NIQE's
`.mat` files become scorers, and so do models of BRISQUE: the authors' `allmodel`, text
models of libsvm, and OpenCV's `brisque_model_live.yml`, each with the file of its
ranges in the same folder. The S-CNNs of DB-CNN, `scnn.mat` and `scnn.pkl`, become
encoders, and complete networks of its port scorers. The `.npz` files of MUSIQ become
scorers, and the one of ImageNet an encoder. Files of deepIQA (Chainer's HDF5 or `.npz`)
and of its ports become scorers of wadiqam; `--set database=live` reverses the DMOS of
networks of LIVE.
"""

import sys
from pathlib import Path

from absl import app
from absl import flags

from tfiqa.cli import command
from tfiqa.cli.status import Status
from tfiqa.methods import METHODS
from tfiqa.training import flags as training_flags


def define_flags() -> None:
    """Defines the flags of this command."""
    flags.DEFINE_enum(
        "method", None, sorted(METHODS), "Method of the checkpoint.", required=True
    )
    flags.DEFINE_string("output", None, "The `.keras` file to write.", required=True)
    flags.DEFINE_string("recipe", "paper", "See `python -m tfiqa.train --help`.")
    flags.DEFINE_multi_string("set", [], "name=value of a field of `Config`.")
    flags.DEFINE_string("expert", None, "Expert in a checkpoint of reiqa.")
    flags.DEFINE_string(
        "crops", None, "`random:COUNT` for random crops when scoring, for hyperiqa."
    )
    flags.DEFINE_string("regressor", None, "A published regressor for an encoder.")
    flags.DEFINE_bool("overwrite", False, "Replace an existing file.")


def main(argv: list[str]) -> int:
    """Runs the command; returns its exit status."""
    values = flags.FLAGS
    if len(argv) != 2:
        raise app.UsageError(f"One CHECKPOINT is expected. Received: {argv[1:]}", 2)
    output = Path(values.output)
    if output.suffix != ".keras" or not output.parent.is_dir():
        raise app.UsageError(
            "A `.keras` file in an existing folder is expected. "
            f"Received: --output={output}",
            2,
        )
    if output.exists() and not values.overwrite:
        raise app.UsageError(f"{output} exists; replace it with --overwrite.", 2)
    from tfiqa.methods import ConversionRequest
    from tfiqa.methods import convert_checkpoint
    from tfiqa.scoring.serialization import save_model

    try:
        model = convert_checkpoint(
            ConversionRequest(
                method=values.method,
                checkpoint=argv[1],
                recipe=values.recipe,
                fields=training_flags.fields_of(values, ("expert", "crops")),
                regressor=values.regressor,
            )
        )
    except (ValueError, ImportError, OSError) as error:
        print(error, file=sys.stderr)
        return Status.USAGE
    try:
        path = save_model(model, output)
    except OSError as error:
        print(f"--output: {error}", file=sys.stderr)
        return Status.OUTPUT
    print("\n".join(next_steps(model, path, METHODS[values.method].next_flags)))
    return Status.OK


def next_steps(model, path: Path, flags_of_encoder: str) -> list[str]:
    """Returns lines that say what a file holds, and how to use it."""
    from tfiqa import layers

    if not isinstance(model.layers[-1], layers.MOS):
        command_line = f"python -m tfiqa.train --encoder {path} {flags_of_encoder}"
        return [f"encoder: {path}", f"make a scorer: {command_line}"]
    reference = " --reference REFERENCE" if len(model.inputs) > 1 else ""
    command_line = f"python -m tfiqa.score --model {path} IMAGE{reference}"
    return [f"scorer: {path}", f"score an image: {command_line}"]


if __name__ == "__main__":
    command.run(define_flags, main)
