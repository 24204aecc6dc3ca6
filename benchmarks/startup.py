"""Times how long a user waits before anything is computed.

python benchmarks/startup.py [--repeats 5]

Each line is the median over new processes of the wall seconds and the processor seconds
to start Python and run some statements. The first line is the start of Python alone;
the last ones score a JPEG file of 512 x 384 pixels.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from absl import app
from absl import flags
from PIL import Image

ROOT = Path(__file__).parents[1]
STATEMENTS = {
    "python": "pass",
    "import tfiqa": "import tfiqa",
    "import numpy": "import numpy",
    "import keras": "import keras",
    "tfiqa.load_scorer": "import tfiqa; tfiqa.load_scorer",
}
# Scored from a cold start with each runtime that the model has.
SCORED = tuple(
    (model, runtime)
    for runtime in ("auto", "keras")
    for model in ("photo", "niqe", "brisque", "piqe")
)
COMMANDS = ("score", "prepare", "export.saved_model", "export.tflite", "export.onnx")


def seconds(arguments: list[str], repeats: int) -> str:
    """Returns the median times of a process; a first run fills the caches."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    times = []
    for _ in range(repeats + 1):
        start, before = time.perf_counter(), _processor_seconds()
        subprocess.run(
            [sys.executable, *arguments], env=environment, capture_output=True
        )
        times.append((time.perf_counter() - start, _processor_seconds() - before))
    clock, processor = (
        statistics.median(values) for values in zip(*times[1:], strict=True)
    )
    return f"{clock:7.2f} s {processor:7.2f} s CPU"


def _processor_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main(argv: list[str]) -> None:
    repeats = flags.FLAGS.repeats
    for name, statement in STATEMENTS.items():
        print(f"{seconds(['-c', statement], repeats)}  {name}", flush=True)
    for name in COMMANDS:
        arguments = ["-m", f"tfiqa.{name}", "--help"]
        print(f"{seconds(arguments, repeats)}  {name} --help", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "a.jpg")
        noise = np.random.default_rng(0).integers(0, 256, (48, 64, 3)).astype("uint8")
        Image.fromarray(noise).resize((512, 384)).save(file)
        for model, runtime in SCORED:
            choice = [f"--model={model}", f"--runtime={runtime}", str(file)]
            times = seconds(["-m", "tfiqa.score", *choice], repeats)
            print(f"{times}  score {' '.join(choice[:2])}", flush=True)


if __name__ == "__main__":
    flags.DEFINE_integer("repeats", 5, "Processes per line.", lower_bound=1)
    app.run(main)
