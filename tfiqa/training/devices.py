"""The devices that the framework computes on, and GPUs that it cannot see."""

import os
from pathlib import Path

import keras

# The driver lists each GPU here, whether or not a framework can use it.
NVIDIA_GPUS = Path("/proc/driver/nvidia/gpus")


def describe_devices() -> list[str]:
    """Returns lines that name the devices, and GPUs that the framework cannot see.

    Example:
        >>> describe_devices()
        ['device: CPU, 2 cores (tensorflow)']
    """
    backend = keras.backend.backend()
    accelerators = _accelerators(backend)
    if accelerators:
        return [f"device: {', '.join(accelerators)} ({backend})"]
    lines = [f"device: CPU, {_cores()} cores ({backend})"]
    unseen = unused_gpus()
    if unseen:
        lines.append(
            f"A GPU is present that {backend} cannot see: {', '.join(unseen)}. "
            + _remedy(backend)
        )
    return lines


def unused_gpus() -> list[str]:
    """Returns the names of the NVIDIA GPUs that the driver knows."""
    names = []
    for information in sorted(NVIDIA_GPUS.glob("*/information")):
        lines = information.read_text(errors="replace").splitlines()
        models = [line.partition(":")[2] for line in lines if line.startswith("Model:")]
        names.append(models[0].strip() if models else information.parent.name)
    return names


def _accelerators(backend: str) -> list[str]:
    if backend == "jax":
        import jax

        devices = [device for device in jax.devices() if device.platform != "cpu"]
        return [f"{device.platform.upper()} {device.device_kind}" for device in devices]
    import tensorflow as tf  # Not at the top, since other backends do not need it.

    names = []
    for kind in ("GPU", "TPU"):
        for device in tf.config.list_physical_devices(kind):
            details = tf.config.experimental.get_device_details(device)
            names.append(f"{kind} {details.get('device_name', device.name)}")
    return names


def _remedy(backend: str) -> str:
    if os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1"):
        return "CUDA_VISIBLE_DEVICES hides it."
    if backend == "tensorflow":
        return "Install the CUDA libraries: pip install 'tfiqa[gpu]' (docs/gpu.md)."
    return "Install JAX with CUDA: pip install 'jax[cuda12]' (docs/gpu.md)."


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
