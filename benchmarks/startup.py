"""Times what a user waits for before anything is computed.

python benchmarks/startup.py [--repeats 5]

Each line is the median, over processes of their own, of the seconds that Python takes
to start and to run some statements; a plain start of Python comes first.
"""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from absl import app
from absl import flags

ROOT = Path(__file__).parents[1]
STATEMENTS = {
    "python": "pass",
    "import tfiqa": "import tfiqa",
    "import numpy": "import numpy",
    "import keras": "import keras",
    "tfiqa.load_scorer": "import tfiqa; tfiqa.load_scorer",
}
COMMANDS = ("score", "prepare", "export.saved_model", "export.tflite", "export.onnx")


def seconds(arguments: list[str], repeats: int) -> float:
    """Returns the median time of a process, after one that fills the caches."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    times = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, *arguments], env=environment, capture_output=True
        )
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


def main(argv: list[str]) -> None:
    repeats = flags.FLAGS.repeats
    for name, statement in STATEMENTS.items():
        print(f"{seconds(['-c', statement], repeats):7.2f} s  {name}", flush=True)
    for name in COMMANDS:
        arguments = ["-m", f"tfiqa.{name}", "--help"]
        print(f"{seconds(arguments, repeats):7.2f} s  {name} --help", flush=True)


if __name__ == "__main__":
    flags.DEFINE_integer("repeats", 5, "Processes a line.", lower_bound=1)
    app.run(main)
