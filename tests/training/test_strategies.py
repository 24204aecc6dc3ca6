"""Tests of the choice of devices."""

import keras
import pytest

from tfiqa.training import strategies


def test_one_device_needs_no_strategy():
    assert strategies.create("none") is None


def test_unknown_names_are_told():
    with pytest.raises(ValueError, match=r"none, mirrored, multi_worker, tpu.*'gpu'"):
        strategies.create("gpu")


def test_mirrored_counts_the_devices():
    pytest.importorskip("tensorflow", reason="no tensorflow")
    strategy = strategies.create("mirrored")
    assert strategy.num_replicas_in_sync == 1


def test_workers_need_addresses(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    with pytest.raises(ValueError, match="TF_CONFIG"):
        strategies.create("multi_worker")


def test_other_backends_have_none(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(ValueError, match="KERAS_BACKEND=jax"):
        strategies.create("mirrored")
