"""Measures steps of Re-IQA with `--micro_batch`, compared with steps in one pass.

python benchmarks/micro_batch.py [--rows 32] [--micro_batch none,16,8,4]

Each case is a process of its own. With TensorFlow, it prints the processor time of a
step, its ratio to one pass, and by how much the peak of resident memory grows during
the steps. With `KERAS_BACKEND=jax`, nothing is computed: it prints the temporary memory
and the arguments that XLA plans for the compiled step, which works for any size.
"""

import multiprocessing
import resource
import statistics
import time
from concurrent.futures import ProcessPoolExecutor

import numpy as np
from absl import app
from absl import flags

SIZES = ("backbone", "side", "rows", "queue_size", "bn_group")


def define_flags() -> None:
    flags.DEFINE_string("backbone", "resnet10_slim", "A key of `BACKBONES`.")
    flags.DEFINE_integer("side", 64, "Side of the crops.", 32)
    flags.DEFINE_integer("rows", 32, "Crops of a view in a batch.", 2)
    flags.DEFINE_integer("queue_size", 1024, "Keys in the queue.", 1)
    flags.DEFINE_integer("bn_group", 0, "Crops with common statistics; 0 for all.")
    flags.DEFINE_integer("repeats", 5, "Steps, of which the median counts.", 1)
    flags.DEFINE_list("micro_batch", ["none", "16", "8", "4"], "Crops in a part.")


def main(argv: list[str]) -> None:
    if len(argv) > 1:
        raise app.UsageError(f"Only flags are expected. Received: {argv[1:]}")
    sizes = {name: flags.FLAGS[name].value for name in SIZES}
    print(", ".join(f"{name} {value}" for name, value in sizes.items()))
    print(f"{'micro_batch':<12}{'figures'}")
    first: dict[str, float] = {}
    for text in flags.FLAGS.micro_batch:
        part = None if text == "none" else int(text)
        spawned = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=spawned) as pool:
            figures = pool.submit(measure, sizes, part, flags.FLAGS.repeats).result()
        first = first or figures
        line = "".join(
            f"{name} {value:.3f} ({value / first[name]:.2f})   "
            for name, value in figures.items()
        )
        print(f"{text:<12}{line}", flush=True)


def measure(sizes: dict, part: int | None, repeats: int) -> dict[str, float]:
    """Returns the figures of one case."""
    import keras

    trainee = build(sizes, part)
    shape = (sizes["rows"], sizes["side"], sizes["side"], 3)
    if keras.backend.backend() == "jax":
        return planned(trainee, shape)
    return measured(trainee, shape, repeats)


def build(sizes: dict, part: int | None):
    """Returns the compiled trainee."""
    import keras

    from tfiqa.models import ReIQA

    trainee = ReIQA(backbone=sizes["backbone"]).trainer(
        queue_size=sizes["queue_size"],
        bn_group=sizes["bn_group"] or None,
        micro_batch=part,
    )
    trainee.compile(keras.optimizers.SGD(0.01))
    return trainee


def measured(trainee, shape: tuple[int, ...], repeats: int) -> dict[str, float]:
    """Returns seconds of a step, and the growth of the peak of memory in MB."""
    import tensorflow as tf

    views = np.random.default_rng(0).uniform(0, 255, (2, *shape)).astype("float32")
    batches = iter(tf.data.Dataset.from_tensors(tuple(views)).repeat())
    trainee.make_train_function()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds = []
    for _ in range(repeats + 1):
        start = time.process_time()
        trainee.train_function(batches)
        seconds.append(time.process_time() - start)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return {"cpu s": statistics.median(seconds[1:]), "MB": grown / 1024}


def planned(trainee, shape: tuple[int, ...]) -> dict[str, float]:
    """Returns the gigabytes that XLA plans for a step."""
    import jax

    def of(variables):
        return [jax.ShapeDtypeStruct(v.shape, v.dtype) for v in variables]

    state = tuple(
        of(variables)
        for variables in (
            trainee.trainable_variables,
            trainee.non_trainable_variables,
            trainee.optimizer.variables,
            trainee.metrics_variables,
        )
    )
    views = jax.ShapeDtypeStruct(shape, "float32")
    step = jax.jit(trainee.train_step, donate_argnums=0)
    memory = step.lower(state, (views, views)).compile().memory_analysis()
    return {
        "temporary GB": memory.temp_size_in_bytes / 1e9,
        "arguments GB": memory.argument_size_in_bytes / 1e9,
    }


if __name__ == "__main__":
    define_flags()
    app.run(main)
