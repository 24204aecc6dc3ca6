"""How much memory the device has that a training computes on."""

import os
import subprocess
from pathlib import Path

import keras

MEMINFO = Path("/proc/meminfo")
CGROUP = Path("/sys/fs/cgroup")
_QUERY = ("nvidia-smi", "--query-gpu=memory.total", "--format=csv,noheader,nounits")


def available() -> int | None:
    """Returns the bytes that this process can still use, or `None` if not known.

    On a GPU this is all of its memory, including what the process holds already; of
    several GPUs, that of the smallest.
    """
    if keras.backend.backend() == "jax":
        return _of_jax()
    import tensorflow as tf  # Not at the top, since other backends do not need it.

    if tf.config.list_physical_devices("TPU"):
        return None
    if tf.config.list_physical_devices("GPU"):
        return _of_gpus()
    return of_the_machine()


def most_used() -> int | None:
    """Returns the most bytes of the device that were in use so far.

    Of several devices, that of the fullest. `None` if the device does not tell, as CPUs
    do not.
    """
    if keras.backend.backend() == "jax":
        import jax

        found = [device.memory_stats() or {} for device in jax.local_devices()]
        used = [one["peak_bytes_in_use"] for one in found if "peak_bytes_in_use" in one]
        return max(used, default=None)
    import tensorflow as tf  # See `available`.

    names = [device.name for device in tf.config.list_logical_devices("GPU")]
    used = [tf.config.experimental.get_memory_info(name)["peak"] for name in names]
    return max(used, default=None)


def of_the_machine() -> int | None:
    """Returns the bytes that the system or the container has left, or `None`."""
    found = [_free_of_the_system(), _free_of_the_container()]
    known = [count for count in found if count is not None]
    return min(known, default=None)


def _of_jax() -> int | None:
    import jax

    device = jax.local_devices()[0]
    if device.platform == "cpu":
        return of_the_machine()
    return (device.memory_stats() or {}).get("bytes_limit")


def _of_gpus() -> int | None:
    try:
        answer = subprocess.run(
            _QUERY, capture_output=True, text=True, timeout=20, check=True
        ).stdout
        visible = os.environ.get("CUDA_VISIBLE_DEVICES", "")
        sizes = [int(line) << 20 for line in answer.split()]
        chosen = [int(number) for number in visible.split(",") if number.isdigit()]
        return min(sizes[number] for number in chosen or range(len(sizes)))
    except (OSError, ValueError, IndexError, subprocess.SubprocessError):
        return None


def _free_of_the_system() -> int | None:
    try:
        lines = MEMINFO.read_text().splitlines()
        (line,) = (one for one in lines if one.startswith("MemAvailable:"))
        return int(line.split()[1]) << 10
    except (OSError, ValueError):
        return None


def _free_of_the_container() -> int | None:
    try:
        most = int((CGROUP / "memory.max").read_text())  # "max" without a limit.
        return most - int((CGROUP / "memory.current").read_text())
    except (OSError, ValueError):
        return None
