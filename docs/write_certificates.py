"""Writes the table of `certificates.md`: every preset, and an example of every method.

python docs/write_certificates.py [FOLDER]

Examples are trained for a minute or less on generated images, so they show that the
command works for every method, not how good a method is. They stay in FOLDER, and a
second run uses them again. `python -m tfiqa.certify` makes the table.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

PATH = Path(__file__).with_name("certificates.md")
MARKS = "<!-- table -->", "<!-- end of table -->"
DATASET = "synthetic_iqa/scenes_4"
SCENES = 2
# Methods without a preset, in the order of the table, with what makes them quick.
EXAMPLES = {
    "linear_probe": {},
    "hyperiqa": {"epochs": 2, "crop_size": 64, "patches": 1, "grid": 1},
    "gm_log": {},
    "cornia": {"words": 50, "patches": 2000, "passes": 2},
    "hosa": {"words": 20, "patches": 4000, "passes": 2},
    "dipiq": {
        **{"words": 50, "patches": 2000, "passes": 2},
        **{"scenes": 6, "pairs": 4000, "epochs": 4},
    },
    "contrique": {"epochs": 1, "repeats": 2},
    "reiqa": {"epochs": 1, "content_epochs": 1, "n_aug": 1, "scales": 1},
    "contentsep": {"synthetic_epochs": 1, "epochs": 1},
    "pristine_distance": {},
}


def trained(name: str, folder: Path) -> Path:
    """Returns the file of an example, which is trained unless it exists."""
    from tfiqa.data.prepared import prepare_dataset
    from tfiqa.training import train_method

    path = folder / f"{name}.keras"
    if not path.is_file():
        prepare_dataset(DATASET, data_dir=folder / "data")
        run = folder / "runs" / name
        encoder = None
        if name == "pristine_distance":
            encoder = folder / "runs" / "contrique" / "encoder.keras"
        train_method(
            name,
            dataset=DATASET,
            data_dir=folder / "data",
            recipe="quick",
            output=run,
            encoder=encoder,
            overwrite=True,
            verbose=0,
            **EXAMPLES[name],
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
    from tfiqa.scoring.shipped import list_presets

    examples = [str(trained(name, folder)) for name in EXAMPLES]
    output = folder / "table.md"
    command = [sys.executable, "-m", "tfiqa.certify", *list_presets(), *examples]
    subprocess.run([*command, f"--scenes={SCENES}", f"--output={output}"], check=False)
    write(output.read_text("utf-8"))


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp()))
