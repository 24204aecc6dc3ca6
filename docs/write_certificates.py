"""Writes the table of `certificates.md`: every preset, and examples of other methods.

python docs/write_certificates.py [FOLDER]

Examples are trained for a minute or less on generated images, or not at all, so they
show that the command works for these methods, not how good they are. They stay in
FOLDER, and a second run uses them again. `python -m tfiqa.certify` makes the table.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

PATH = Path(__file__).with_name("certificates.md")
MARKS = "<!-- table -->", "<!-- end of table -->"
DATASET = "synthetic_iqa/scenes_4"
SCENES = 1
# Methods without a preset, in the order of the table. The first are trained, with what
# makes them quick; the others take long to train, and are test files whose networks
# have random weights.
TRAINED = {
    "linear_probe": {},
    "gm_log": {},
    "cornia": {"words": 50, "patches": 2000, "passes": 2},
    "hosa": {"words": 20, "patches": 2000, "passes": 2},
    "dipiq": {
        **{"words": 50, "patches": 2000, "passes": 2},
        **{"scenes": 4, "pairs": 2000, "epochs": 4},
    },
}
RANDOM = ("contrique", "reiqa", "contentsep", "pristine_distance")
EXAMPLES = (*TRAINED, *RANDOM)
GOLDEN = Path(__file__).parents[1] / "tests" / "golden"


def example(name: str, folder: Path) -> Path:
    """Returns the file of an example, which is trained unless it exists."""
    from tfiqa.data.prepared import prepare_dataset
    from tfiqa.training import train_method

    path = folder / f"{name}.keras"
    if name in RANDOM:
        path.write_bytes((GOLDEN / path.name).read_bytes())
    elif not path.is_file():
        prepare_dataset(DATASET, data_dir=folder / "data")
        run = folder / "runs" / name
        train_method(
            name,
            dataset=DATASET,
            data_dir=folder / "data",
            recipe="quick",
            output=run,
            overwrite=True,
            verbose=0,
            **TRAINED[name],
        )
        path.write_bytes((run / "scorer.keras").read_bytes())
    return path


def write(table: str) -> None:
    """Replaces the table in the page."""
    before, _, rest = PATH.read_text("utf-8").partition(MARKS[0])
    _, _, after = rest.partition(MARKS[1])
    PATH.write_text(f"{before}{MARKS[0]}\n{table}{MARKS[1]}{after}", "utf-8")


def main(folder: Path) -> None:
    """Trains what is missing, certifies, and writes the table."""
    from tfiqa.evaluation.certificate.result import Certificate
    from tfiqa.evaluation.certificate.result import table
    from tfiqa.scoring.shipped import list_presets

    examples = [str(example(name, folder)) for name in EXAMPLES]
    output = folder / "certificates.json"
    command = [sys.executable, "-m", "tfiqa.certify", *list_presets(), *examples]
    subprocess.run([*command, f"--scenes={SCENES}", f"--output={output}"], check=False)
    known = json.loads(output.read_text("utf-8"))
    write(f"{table([Certificate.from_json(one) for one in known])}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp()))
