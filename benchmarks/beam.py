"""Speed of `tfiqa.beam.score` against `tfiqa.score`, growth, and cost of resuming.

python -m benchmarks.beam [--images 200] [--growth 1000,10000,100000] [--shards 10000]

Every run is a process of its own; times are processor seconds of it and its children,
so other load on the machine does not count. Images per processor second after start-up
come from the difference of two runs, of which the second has three times the images.
"""

import argparse
import io
import os
import platform
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

SIDE, PHOTO = 64, 384


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=200)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--growth", default="1000,10000,100000")
    parser.add_argument("--shards", type=int, default=10_000)
    options = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {sys.version[:6]}")
    with tempfile.TemporaryDirectory() as folder:
        if options.images:
            speed(Path(folder), options.images, options.pairs)
        if options.shards:
            resuming(Path(folder), options.shards)
        if options.growth:
            growth(Path(folder), list(map(int, options.growth.split(","))))


def speed(folder: Path, count: int, pairs: int) -> None:
    """Prints images per processor second of the presets, with 1 and 2 processes."""
    few, many = folder / "few", folder / "many"
    write_images(few, count, PHOTO)
    write_images(many, 3 * count, PHOTO)
    ways = {
        "tfiqa.score": ["tfiqa.score"],
        "beam, 1 process": ["tfiqa.beam.score", "--shard_size=25"],
        "beam, 2 processes": ["tfiqa.beam.score", "--shard_size=25", "--workers=2"],
    }
    for model in ("photo", "niqe"):
        rates: dict[str, list[float]] = {name: [] for name in ways}
        starts: dict[str, list[float]] = {name: [] for name in ways}
        for pair in range(pairs):
            for name, (module, *flags) in ways.items():
                used = []
                for images in (few, many):
                    output = folder / f"{model}{pair}{name}{images.name}"
                    if module == "tfiqa.score":
                        output = output.with_name(f"{output.name}.csv")
                    where = [f"--output={output}", f"--model={model}", *flags]
                    used.append(run(module, str(images), *where)[0])
                per_image = (used[1] - used[0]) / (2 * count)
                rates[name].append(1 / per_image)
                starts[name].append(used[0] - count * per_image)
        plain = rates["tfiqa.score"]
        for name, values in rates.items():
            ratio = statistics.median(np.divide(values, plain))
            print(
                f"{model:6} {name:18} {statistics.median(values):7.2f} images per "
                f"processor second, {ratio:.2f} of tfiqa.score; "
                f"start {statistics.median(starts[name]):.1f} s"
            )


def resuming(folder: Path, count: int) -> None:
    """Prints what a start over finished shards costs."""
    from tfiqa.beam import models
    from tfiqa.beam.inputs import Inputs
    from tfiqa.beam.outputs import Output
    from tfiqa.beam.publishing import Publisher
    from tfiqa.beam.records import Columns
    from tfiqa.beam.request import BeamRequest
    from tfiqa.beam.run import run as run_request
    from tfiqa.beam.settings import ScorerSettings
    from tfiqa.beam.settings import fingerprint
    from tfiqa.beam.settings import output_settings
    from tfiqa.files.listing import Skipped

    settings = ScorerSettings("niqe")
    names = folder / "names.txt"
    names.write_text("".join(f"absent/{number:08d}.jpg\n" for number in range(count)))
    output = Output(str(folder / "finished"))
    facts = {
        **output_settings(settings, models.digest_of(settings), "numpy", "jsonl"),
        **{"image_column": None, "key_column": None},
    }
    output.bind(facts)
    columns = models.columns_of(settings)
    publisher = Publisher(output.folder, "jsonl", columns, Columns())
    empty = dict.fromkeys(columns)
    model = models.LoadedModel(
        lambda records: (
            {**empty, "path": key, "status": "missing"} for key, _ in records
        )
    )
    inputs = Inputs((str(names),), shard_size=1)
    start = time.process_time()
    for work in inputs.works(fingerprint(facts), Skipped()):
        publisher.publish(work, model)
    print(f"publishing {count:,} shards: {time.process_time() - start:.1f} s")
    request = BeamRequest(
        *((str(names),), output.folder, settings), form="jsonl", shard_size=1
    )
    start = time.process_time()
    result = run_request(request)
    used = time.process_time() - start
    assert (result.done_before, result.faults) == (count, [])
    print(f"resuming over {count:,} finished shards: {used:.1f} processor seconds")


def growth(folder: Path, counts: list[int]) -> None:
    """Prints time and memory for more and more small files and a tiny scorer."""
    model = tiny_scorer(folder / "tiny.tflite")
    base = folder / "base"
    write_images(base, 1_000, SIDE)
    for count in counts:
        images = folder / f"small{count}"
        for number in range(count):
            below = images / f"{number // 1_000:04d}"
            below.mkdir(parents=True, exist_ok=True)
            os.link(base / f"{number % 1_000:06d}.jpg", below / f"{number:06d}.jpg")
        output = folder / f"grown{count}"
        where = [f"--output={output}", f"--model={model}", "--shard_size=500"]
        used, memory = run("tfiqa.beam.score", str(images), *where)
        print(f"{count:7,} files: {used:7.1f} s, {memory:6.0f} MB at most", flush=True)


def run(module: str, *arguments: str) -> tuple[float, float]:
    """Runs a command; returns its processor seconds and its largest memory in MB."""
    process = os.fork()
    if not process:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        os.execv(sys.executable, [sys.executable, "-m", module, *arguments])
    _, status, usage = os.wait4(process, 0)
    if os.waitstatus_to_exitcode(status):
        raise RuntimeError(f"{module} {arguments} ended with {status}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def write_images(folder: Path, count: int, side: int) -> None:
    """Writes JPEG files of noise over a coarse pattern."""
    folder.mkdir()
    random = np.random.default_rng(0)
    for number in range(count):
        coarse = Image.fromarray(random.integers(0, 255, (8, 8, 3), np.uint8))
        noise = random.integers(-20, 20, (side, side, 3))
        pixels = np.asarray(coarse.resize((side, side)), np.int32) + noise
        file = io.BytesIO()
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(file, "JPEG")
        (folder / f"{number:06d}.jpg").write_bytes(file.getvalue())


def tiny_scorer(path: Path) -> Path:
    """Writes a scorer of one convolution of crops of 32 pixels; returns its path."""
    import keras

    from tfiqa import layers
    from tfiqa.export import tflite

    crops = keras.Input((32, 32, 3))
    features = keras.layers.Conv2D(4, 3, activation="relu")(crops / 255.0)
    network = keras.Model(crops, keras.layers.GlobalAveragePooling2D()(features))
    images = keras.Input((None, None, 3))
    mean = layers.PatchMean(network, 32, grid=2, name="features")(images)
    facts = {
        **{"method": "tiny", "dataset": "none", "unit": "none", "version": "0"},
        **{"mos_range": [0.0, 1.0], "min_side": 1},
    }
    score = layers.MOS(metadata=facts)(keras.layers.Dense(1)(mean), images)
    tflite.export(keras.Model(images, score, name="tiny"), path)
    return path


if __name__ == "__main__":
    main()
