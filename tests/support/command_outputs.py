"""What the commands write and return, on small pictures and golden scorers.

    PYTHONPATH=. python tests/support/command_outputs.py tests/golden/commands.json

was done at the commit 2194128; see `tests/golden/README.md`. Commands run in processes
of their own, so that nothing here depends on how they are built.
"""

import csv
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.support import forked

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden"

CALIBRATED, BLIND = GOLDEN / "calibrated.keras", GOLDEN / "niqe_tiny.keras"


def outputs(folder: Path) -> dict[str, Any]:
    """Runs the commands in an empty folder; returns statuses, columns and rows."""
    files = written_pictures(folder)
    database = written_database(folder)
    return json.loads(
        json.dumps(
            {
                "score": scored(folder, files),
                "features": described(folder, files),
                "wrong usage": wrong_usage(folder),
                **trained_and_evaluated(folder, database),
            }
        )
    )


def picture(seed: int, height: int = 200, width: int = 208) -> Image.Image:
    """Returns blocks with noise, rising with the seed."""
    rng = np.random.default_rng(seed)
    blocks = rng.integers(0, 150, (height // 8, width // 8, 3))
    scene = blocks.repeat(8, axis=0).repeat(8, axis=1)
    noise = rng.integers(0, 1 + 8 * (seed % 12), scene.shape)
    return Image.fromarray((scene + noise).astype("uint8"))


def written_pictures(folder: Path) -> list[str]:
    """Writes a picture for each status; returns their names."""
    picture(1).save(folder / "a.png")
    (folder / "broken.png").write_bytes(b"no picture")
    Image.new("RGB", (200, 200), (9, 9, 9)).save(folder / "flat.png")
    picture(2, 40, 48).save(folder / "small.png")
    Image.new("1", (10_001, 10_000)).save(folder / "large.png")
    return ["a.png", "absent.png", "broken.png", "flat.png", "small.png", "large.png"]


def written_database(folder: Path) -> Path:
    """Writes a database of 30 pictures and their scores; returns its folder."""
    images = folder / "database" / "images"
    images.mkdir(parents=True)
    lines = ["image,mos"]
    for number in range(30):
        picture(100 + number, 96, 104).save(images / f"{number:02}.png")
        lines.append(f"{number:02}.png,{5 - 0.3 * ((100 + number) % 12)}")
    (images.parent / "mos.csv").write_text("\n".join(lines))
    return images.parent


def run(folder: Path, *arguments: object) -> int:
    """Runs `python -m tfiqa.COMMAND ...` in a folder; returns the exit status."""
    name, *rest = arguments
    return forked.run("-m", f"tfiqa.{name}", *rest, cwd=folder).returncode


def table_of(path: Path, most: int | None = None) -> dict[str, Any]:
    """Returns the columns of a CSV file in order, and its first rows."""
    with path.open(newline="") as file:
        table = csv.DictReader(file)
        rows = list(table)[:most]
    return {"columns": list(table.fieldnames or ()), "rows": rows}


def scored(folder: Path, files: list[str]) -> dict[str, Any]:
    status = run(folder, "score", "--model", BLIND, *files, "--output", "rows.csv")
    calibrated = ("score", "--model", CALIBRATED, "a.png", "--interval")
    return {
        "some": status,
        "table": table_of(folder / "rows.csv"),
        "all": run(folder, *calibrated, "--output", "rows.jsonl"),
        "lines": [
            json.loads(line, parse_float=str)  # Compared with a tolerance.
            for line in (folder / "rows.jsonl").read_text().splitlines()
        ],
        "none": run(folder, "score", "--model", BLIND, "absent.png"),
    }


def described(folder: Path, files: list[str]) -> dict[str, Any]:
    encoder = GOLDEN / "contrique_encoder.keras"
    status = run(folder, "features", "--model", encoder, *files, "--output", "f.npz")
    with np.load(folder / "f.npz") as result:
        arrays = {k: [v.dtype.kind, list(v.shape)] for k, v in result.items()}
        paths = result["path"].tolist()
    return {"some": status, "arrays": arrays, "path": paths}


def wrong_usage(folder: Path) -> dict[str, int]:
    """Returns the exit statuses of flags that do not exist and that contradict."""
    return {
        "score without a path": run(folder, "score", "--model", BLIND),
        "score with an unknown flag": run(folder, "score", "--nothing", "a.png"),
        "score without a scorer": run(folder, "score", "--model", "none", "a.png"),
        "train without a method": run(folder, "train"),
        "prepare of nothing": run(folder, "prepare", "--data_dir", "d", "nothing"),
    }


def trained_and_evaluated(folder: Path, database: Path) -> dict[str, Any]:
    """Prepares the database, trains on it, and evaluates scorers on it."""
    name, data = "mos_folder/golden", ("--data_dir", "data")
    own = ("mos_folder", "--name", "golden", "--manual_dir", database)
    prepared = run(folder, "prepare", *own, *data)
    method = ("--method", "linear_probe", "--recipe", "quick", "--set", "tile_size=64")
    trained = run(folder, "train", *method, "--dataset", name, *data, "--output", "r")
    models = ("--model", "trained=r/scorer.keras", "--model", f"blind={BLIND}")
    protocols = ("--protocol", "split", "--protocol", "unsupervised")
    evaluated = run(
        *(folder, "evaluate", *models, *protocols, "--dataset", name, *data),
        *("--split", "all", "--resamples", 50, "--output", "out"),
    )
    record = json.loads((folder / "r" / "run.json").read_text())
    results = json.loads((folder / "out" / "results.json").read_text())
    return {
        "statuses": [prepared, trained, evaluated],
        "run folder": {"files": names_in(folder / "r")},
        "run.json": keys_of(record),
        "evaluation folder": {"files": names_in(folder / "out")},
        "results.json": keys_of(results),
        "results.csv": table_of(folder / "out" / "results.csv", 12),
        "predictions": table_of(
            folder / "out" / "predictions-mos_folder-golden-blind.csv", 3
        ),
    }


def names_in(folder: Path) -> list[str]:
    """Returns the names of files and folders."""
    return sorted(path.name for path in folder.iterdir())


def keys_of(value: Any) -> Any:
    """Returns the keys of nested records; a list stands for its first element."""
    if isinstance(value, dict):
        return {key: keys_of(one) for key, one in value.items()}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [keys_of(value[0])]
    return None


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        text = json.dumps(outputs(Path(folder)), indent=1, sort_keys=True)
    Path(sys.argv[1]).write_text(f"{text}\n")
