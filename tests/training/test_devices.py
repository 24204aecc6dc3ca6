"""Tests of what a training says of its devices."""

import keras
import pytest

from tfiqa.training import devices

INFORMATION = "Model: \t\t NVIDIA L4\nIRQ:   \t\t 10\n"


@pytest.fixture
def driver(tmp_path, monkeypatch):
    """A driver that knows one GPU, which the framework does not see."""
    gpu = tmp_path / "0000:00:03.0"
    gpu.mkdir()
    (gpu / "information").write_text(INFORMATION)
    monkeypatch.setattr(devices, "NVIDIA_GPUS", tmp_path)
    monkeypatch.setattr(devices, "_accelerators", lambda backend: [])
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return gpu


def test_without_a_driver_there_is_only_the_cpu(monkeypatch, tmp_path):
    monkeypatch.setattr(devices, "NVIDIA_GPUS", tmp_path / "missing")
    monkeypatch.setattr(devices, "_accelerators", lambda backend: [])
    (line,) = devices.describe_devices()
    assert line.startswith("device: CPU, ")
    assert line.endswith(f" cores ({keras.backend.backend()})")


def test_a_gpu_that_the_framework_cannot_see_is_reported(driver):
    line = devices.describe_devices()[1]
    assert "cannot see: NVIDIA L4. " in line
    assert "pip install" in line


def test_a_gpu_without_a_model_has_its_address(driver):
    (driver / "information").write_text("IRQ: 10\n")
    assert devices.unused_gpus() == [driver.name]


@pytest.mark.parametrize("hidden", ["", "-1"])
def test_a_hidden_gpu_needs_no_installation(driver, monkeypatch, hidden):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", hidden)
    line = devices.describe_devices()[1]
    assert line.endswith("NVIDIA L4. CUDA_VISIBLE_DEVICES hides it.")


def test_accelerators_of_the_framework_are_named(driver, monkeypatch):
    monkeypatch.setattr(
        devices, "_accelerators", lambda backend: ["GPU NVIDIA L4", "GPU NVIDIA L4"]
    )
    (line,) = devices.describe_devices()
    assert line == (f"device: GPU NVIDIA L4, GPU NVIDIA L4 ({keras.backend.backend()})")


def test_the_framework_answers():
    for name in devices._accelerators(keras.backend.backend()):
        assert name.startswith(("GPU ", "TPU "))
