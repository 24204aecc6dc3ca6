"""Measures training on a host with an accelerator, and trains there, within minutes.

KERAS_BACKEND=jax python benchmarks/accelerator.py --output FOLDER [--minutes 7.5]

It takes at most `--minutes`, and writes everything into FOLDER:

1. `speed-*.json`: images per second of the data, of the step and of both
   (`training.py`), with CONTRIQUE's small encoder, then with the papers' networks, as
   far as 40 % of the time goes.
2. `contrique/`: the run of CONTRIQUE's small encoder on textured leaves, by the recipe
   of that name. Its number of steps is what the measured speed allows in the rest, so
   that the learning rate falls to the end. SIGTERM stops it before the time is over;
   its state is then in the folder, and `python -m tfiqa.train ... --resume` with the
   flags that are printed goes on elsewhere.

A host without a network, which has JAX, NumPy, SciPy and Pillow but not TensorFlow,
needs wheels from one that has a network: `pip download --no-deps --only-binary=:all:
--python-version VERSION -d wheels tensorflow-cpu keras keras-hub tensorflow-datasets`
and what these require; there, `pip install --no-index --no-deps --target SITE
wheels/*.whl` and `export PYTHONPATH=SITE:$PWD`. Nothing else is downloaded.

`--scale tiny` tries all of it on a CPU.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from absl import app
from absl import flags

HERE = Path(__file__).parent
SHARE_MEASURED = 0.4
# Seconds that a training needs to finish a step and to write its state.
GRACE = 25
# Seconds in which a training starts: imports, the data, compilation.
START = 60
# Of the measured speed: it was measured for a short time, and on files, half of which
# were not distorted; a training on leaves draws and distorts all of its images.
CAUTION = 0.5

SMALL = {
    "full": ("backbone=resnet10_slim", "batch_size=256", "crop_size=256"),
    "tiny": ("backbone=resnet10_slim", "batch_size=8", "crop_size=64"),
}
# Files to draw. The scores of the run are how bright they are: of no use.
IMAGES = {"full": 512, "tiny": 48}
# Names of measurements: the flags of `training.py`.
MEASURED = {
    "full": {
        "small": (
            *("--scale=paper", "--methods=contrique", f"--images={IMAGES['full']}"),
            *(f"--set=contrique.{field}" for field in SMALL["full"]),
        ),
        "paper": (
            *("--scale=paper", "--methods=contrique,reiqa,contentsep,hyperiqa"),
            *("--images=1024", "--mixed_precision", "--set=contrique.micro_batch=256"),
            *("--set=reiqa.batch_size=32", "--set=reiqa.queue_size=16384"),
            *("--set=reiqa.backbone_weights=None",),
            *("--set=reiqa.content_backbone_weights=None",),
            *("--set=contentsep.penalty=0.0", "--set=contentsep.backbone_weights=None"),
            "--set=hyperiqa.backbone_weights=None",
        ),
    },
    "tiny": {
        "small": (
            *("--scale=tiny", "--methods=contrique", f"--images={IMAGES['tiny']}"),
            *(f"--set=contrique.{field}" for field in SMALL["tiny"]),
        ),
    },
}


class Clock:
    """Counts down."""

    def __init__(self, seconds: float):
        self.end = time.monotonic() + seconds

    def left(self) -> float:
        """Returns the seconds left."""
        return self.end - time.monotonic()


def main(argv: list[str]) -> int:
    if len(argv) > 1:
        raise app.UsageError(f"Only flags are expected. Received: {argv[1:]}")
    values = flags.FLAGS
    seconds = 60 * values.minutes
    clock, output = Clock(seconds), Path(values.output)
    output.mkdir(parents=True, exist_ok=True)
    speed = None
    for name, arguments in MEASURED[values.scale].items():
        limit = clock.left() - (1 - SHARE_MEASURED) * seconds
        if name != "small" and limit < START:
            break
        rows = measure(name, arguments, output, max(limit, START))
        if name == "small" and rows:
            speed = rows[0]["both"]
    if speed is None:
        print("CONTRIQUE was not measured in time: more --minutes are expected.")
        return 1
    return train(speed, clock, output)


def measure(name: str, arguments: tuple, output: Path, limit: float) -> list[dict]:
    """Returns the rows that were measured within `limit` seconds."""
    path = output / f"speed-{name}.json"
    print(f"\nspeed-{name}: at most {limit:.0f} s", flush=True)
    with (output / f"speed-{name}.txt").open("w") as log:
        process = subprocess.Popen(
            [
                *(sys.executable, HERE / "training.py", *arguments),
                *("--json", path, "--data_dir", output / "data"),
                *("--seconds", str(flags.FLAGS.seconds)),
            ],
            stdout=log,
            stderr=log,
        )
        end(process, limit, grace=0)
    print((output / f"speed-{name}.txt").read_text()[-3000:], flush=True)
    return json.loads(path.read_text()) if path.exists() else []


def train(speed: float, clock: Clock, output: Path) -> int:
    """Trains CONTRIQUE's small encoder for the rest of the time."""
    fields = dict(field.split("=") for field in SMALL[flags.FLAGS.scale])
    batch = int(fields["batch_size"])
    left = clock.left() - GRACE - START
    steps = max(int(CAUTION * speed * left / batch), 2)
    # In the recipe, each drawn image has five versions.
    images = -(-steps * batch // 5)
    fields |= {"epochs": 1, "learning_rate": 0.6 * batch / 512, "repeats": 1}
    arguments = [
        *("--method=contrique", "--recipe=textured_leaves"),
        *(
            f"--dataset=mos_folder/drawn_{IMAGES[flags.FLAGS.scale]}",
            f"--data_dir={output / 'data'}",
        ),
        f"--images=stream:textured_leaves/640/{images}",
        *(f"--set={name}={value}" for name, value in fields.items()),
        *(f"--output={output / 'contrique'}", "--checkpoint_minutes=1"),
    ]
    print(f"\n{steps:,} steps: python -m tfiqa.train {' '.join(arguments)}", flush=True)
    process = subprocess.Popen([sys.executable, "-m", "tfiqa.train", *arguments])
    status = end(process, clock.left() - GRACE, grace=GRACE)
    run = output / "contrique"
    found = sorted(path.name for path in run.glob("*"))
    print(f"exit status {status}; {run}: {', '.join(found)}")
    kept = [*run.glob("encoder.keras"), *run.glob("state-*-step-*")]
    return 0 if status == 0 or kept else 1


def end(process: subprocess.Popen, limit: float, *, grace: float) -> int:
    """Returns the exit status; after `limit` seconds the process is told to end."""
    try:
        return process.wait(max(limit, 0))
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGTERM)
    try:
        return process.wait(grace + 2)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def define_flags() -> None:
    flags.DEFINE_string("output", None, "Folder for everything.", required=True)
    flags.DEFINE_float("minutes", 7.5, "Minutes in all.", lower_bound=0.5)
    flags.DEFINE_float("seconds", 8.0, "Seconds of each measurement.", lower_bound=0)
    flags.DEFINE_enum("scale", "full", tuple(SMALL), "`tiny` for a CPU.")


if __name__ == "__main__":
    os.environ.setdefault("KERAS_BACKEND", "jax")
    define_flags()
    app.run(main)
