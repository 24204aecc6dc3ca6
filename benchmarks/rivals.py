"""Compares the speed of other implementations with ours.

python benchmarks/rivals.py --folder FOLDER [--only NAME] [--repeats 15]

Each rival has an environment under FOLDER, which the first run creates and later runs
reuse. Each program reads the same generated image of 512x384 in a process of its own;
ours runs directly after each rival. A rival that cannot be installed or run is reported
with the reason. The table, a plot and all times (`rivals.json`) are those of this run.
Milliseconds are medians; `cpu` is the time of all threads, which depends less on other
load. Megabytes are the peak memory of a process.
"""

import dataclasses
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

import matplotlib.figure
import matplotlib.ticker
import numpy as np
from absl import app
from absl import flags
from PIL import Image

ROOT = Path(__file__).parents[1]
SCRIPTS = Path(__file__).parent / "rivals"
COLUMNS = f"{'what':<17}{'rival':<16}{'wall':>9}{'cpu':>9}{'MB':>7}"


@dataclasses.dataclass(frozen=True)
class Rival:
    """A program to compare with.

    Attributes:
        what: What both programs compute.
        script: Name of its script in `benchmarks/rivals`, without the extension.
        ours: Argument of `ours.py` for the same computation.
        packages: Packages to install; none for a rival on the system's Python.
        python: Its interpreter, if it has no environment.
    """

    what: str
    script: str
    ours: str
    packages: tuple[str, ...] = ()
    python: str = ""


RIVALS = {
    "brisque": Rival(
        "BRISQUE",
        "brisque_package",
        "brisque",
        ("brisque[opencv-python-headless]==0.2.0", "numpy<2.4"),
    ),
    # Runs on the system's interpreter, which needs the package `python3-opencv`.
    "opencv_brisque": Rival(
        "BRISQUE features",
        "brisque_opencv",
        "brisque_features",
        python="/usr/bin/python3",
    ),
    "pypiqe": Rival("PIQE", "piqe_package", "piqe", ("pypiqe", "pillow")),
    "scikit-video": Rival(
        "NIQE", "niqe_scikit_video", "niqe", ("scikit-video", "scipy", "pillow")
    ),
    "torch": Rival(
        "HyperIQA", "hyperiqa_torch", "hyperiqa", ("torch==2.13.0", "numpy", "pillow")
    ),
    "pillow": Rival("JPEG", "jpeg_pillow", "jpeg", ("pillow", "numpy")),
    "opencv": Rival("JPEG", "jpeg_opencv", "jpeg", ("opencv-python-headless",)),
}


def main(argv: list[str]) -> None:
    if len(argv) > 1:
        raise app.UsageError(f"Only flags are expected. Received: {argv[1:]}")
    values = flags.FLAGS
    folder = Path(values.folder)
    folder.mkdir(parents=True, exist_ok=True)
    image = write_image(folder)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; medians\n{COLUMNS}")
    results = {}
    for name in values.only or RIVALS:
        try:
            results[name] = compared(name, folder, image, values.repeats)
        except (OSError, RuntimeError) as error:
            results[name] = {"failed": str(error)}
            print(f"{RIVALS[name].what:<17}{name:<16} did not run: {error}", flush=True)
            continue
        show(name, results[name])
    (folder / "rivals.json").write_text(json.dumps(results, indent=1))
    plot(results, folder / "rivals.svg")


def write_image(folder: Path) -> Path:
    """Writes a smooth image with grain as PNG and as JPEG; returns the first."""
    random = np.random.default_rng(0)
    coarse = random.integers(0, 256, (12, 16, 3), dtype=np.uint8)
    smooth = np.asarray(
        Image.fromarray(coarse).resize((512, 384), Image.Resampling.BICUBIC)
    )
    grain = random.normal(0, 8, (384, 512, 1))
    image = Image.fromarray(np.clip(smooth + grain, 0, 255).astype(np.uint8))
    image.save(folder / "image.jpg", quality=90)
    image.save(folder / "image.png")
    return folder / "image.png"


def compared(name: str, folder: Path, image: Path, repeats: int) -> dict:
    """Returns times and memory of a rival and of ours.

    Raises:
        OSError: If a program cannot be started.
        RuntimeError: If a program or an installation fails.
    """
    rival = RIVALS[name]
    python = rival.python or installed(folder / name, rival.packages)
    arguments = [str(image), str(repeats)]
    theirs = run([python, str(SCRIPTS / f"{rival.script}.py"), *arguments])
    ours = run([sys.executable, str(SCRIPTS / "ours.py"), *arguments, rival.ours])
    return {"theirs": json.loads(theirs), "ours": json.loads(ours)}


def installed(environment: Path, packages: tuple[str, ...]) -> str:
    """Returns the interpreter of an environment, which is created if it is missing."""
    python = environment / "bin" / "python"
    done, wanted = environment / "installed", "\n".join(packages)
    if not done.is_file() or done.read_text() != wanted:
        run([sys.executable, "-m", "venv", "--clear", str(environment)])
        run([str(python), "-m", "pip", "install", "--quiet", *packages])
        done.write_text(wanted)
    return str(python)


def run(command: list[str]) -> str:
    """Returns the last line that a command prints.

    Raises:
        RuntimeError: With the last line of its error output, if the command fails.
    """
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"status {done.returncode}"]
        raise RuntimeError(next((s for s in lines[::-1] if "Error" in s), lines[-1]))
    return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""


def show(name: str, result: dict) -> None:
    what = RIVALS[name].what
    for side, label in (("theirs", name), ("ours", "ours")):
        row = result[side]
        wall, cpu = (statistics.median(row[key]) for key in ("wall", "cpu"))
        print(f"{what:<17}{label:<16}{wall:9.1f}{cpu:9.1f}{row['megabytes']:7.0f}")
    wall, cpu = (ratio(result, key) for key in ("wall", "cpu"))
    print(f"{'':<17}{'rival / ours':<16}{wall:9.2f}{cpu:9.2f}", flush=True)


def ratio(result: dict, key: str) -> float:
    """Returns the ratio of medians, above 1 if ours is faster."""
    theirs, ours = (statistics.median(result[side][key]) for side in ("theirs", "ours"))
    return theirs / ours


def plot(results: dict, file: Path) -> None:
    """Plots the time of each rival as a multiple of ours."""
    names = [name for name, result in results.items() if "failed" not in result]
    if not names:
        return
    ratios = [ratio(results[name], "cpu") for name in names]
    figure = matplotlib.figure.Figure(figsize=(6, 0.5 * len(names) + 1))
    axes = figure.subplots()
    # From 1, so that bars to the left are rivals that are faster.
    bars = axes.barh(
        [f"{RIVALS[name].what}: {name}" for name in names],
        [value - 1 for value in ratios],
        left=1,
    )
    axes.bar_label(bars, [f"{value:.2g}" for value in ratios], padding=3)
    axes.axvline(1, color="black")
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(matplotlib.ticker.LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(matplotlib.ticker.FormatStrFormatter("%g"))
    axes.xaxis.set_minor_locator(matplotlib.ticker.NullLocator())
    axes.margins(x=0.15)
    axes.set_xlabel("processor time of the rival / ours")
    figure.savefig(file, bbox_inches="tight")


if __name__ == "__main__":
    flags.DEFINE_string("folder", None, "Folder for environments, times and the plot.")
    flags.DEFINE_multi_enum("only", None, list(RIVALS), "Only these rivals.")
    flags.DEFINE_integer("repeats", 15, "Calls of each program.", lower_bound=1)
    flags.mark_flag_as_required("folder")
    app.run(main)
