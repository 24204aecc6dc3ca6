"""Tests of exports where users have them: each in an environment of its own."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from tensorflow.core.protobuf import saved_model_pb2

from tests.export.environments import environment
from tests.export.environments import run
from tests.support.toy_scorer import toy_image
from tests.support.toy_scorer import toy_scorer
from tfiqa.export import saved_model
from tfiqa.export import tflite

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PICTURES = [toy_image(seed) for seed in range(3)]


@pytest.fixture(scope="module")
def scorer():
    return toy_scorer(mos_range=[-20.0, 60.0])


@pytest.fixture(scope="module")
def folder(scorer, tmp_path_factory):
    """A SavedModel, a .tflite file, and pictures as pixels and as files."""
    folder = tmp_path_factory.mktemp("exported")
    saved_model.export(scorer, folder / "model", images=PICTURES)
    tflite.export(scorer, folder / "a.tflite", images=PICTURES)
    images = np.stack(PICTURES).astype("float32") / 255
    np.save(folder / "images.npy", images)
    np.save(folder / "mos.npy", scorer(images * 255))
    for index, one in enumerate(PICTURES):
        Image.fromarray(one).save(folder / f"{index}.png")
    (folder / "3.png").write_bytes(b"no picture")
    return folder


SCORES = """
import sys, numpy, tensorflow as tf
model = tf.saved_model.load("model")
images, expected = numpy.load("images.npy"), numpy.load("mos.npy")
numpy.testing.assert_allclose(model(images), expected, rtol=1e-4)
numpy.testing.assert_allclose(
    model.signatures["images"](images=tf.constant(images))["mos"], expected, rtol=1e-4)
files = tf.constant([open(f"{n}.png", "rb").read() for n in range(4)])
outputs = model.signatures["serving_default"](bytes=files)
numpy.testing.assert_allclose(outputs["mos"][:3], expected[:, 0], rtol=1e-4)
assert outputs["status"].numpy().tolist() == [b"ok"] * 3 + [b"undecodable"]
one = model.signatures["serving_default"](files[0])["output_0"]
assert one.shape == () and abs(float(one) - expected[0, 0]) < 1e-2
"""

STEP = """
def loss():
    return tf.reduce_mean((model(images, training=True) - 30.0) ** 2)
before = float(loss())
with tf.GradientTape() as tape:
    value = loss()
variables = model.trainable_variables
optimizer.apply_gradients(zip(tape.gradient(value, variables), variables))
assert float(loss()) < before
"""

HUB = """
import tensorflow_hub as hub
try:
    import tf_keras as keras
except ImportError:
    keras = tf.keras
layer = hub.KerasLayer("model", trainable=True)
tuned = keras.Sequential([keras.Input((None, None, 3)), layer])
numpy.testing.assert_allclose(tuned.predict(images, verbose=0), expected, rtol=1e-4)
tuned.compile(keras.optimizers.SGD(1e-7), "mse")
targets = numpy.full((3, 1), 30.0, "float32")
assert layer.trainable_weights
losses = tuned.fit(images, targets, epochs=2, verbose=0).history["loss"]
assert losses[1] < losses[0]
features = hub.KerasLayer("model", signature="features", output_key="features")
assert features(images).shape == (3, 4)
assert float(hub.load("model")(images)[0, 0])
"""


def test_tensorflow_alone(folder, tmp_path):
    python = environment(tmp_path, "tensorflow", f"tensorflow=={tf.__version__}")
    sgd = "optimizer = tf.keras.optimizers.SGD(1e-7)\n"
    run(python, SCORES + sgd + STEP, cwd=folder)


def test_tensorflow_hub(folder, tmp_path):
    version = f"tensorflow=={tf.__version__}"
    python = environment(tmp_path, "hub", version, "tensorflow-hub", "tf-keras")
    run(python, SCORES + HUB, cwd=folder)


def test_tensorflow_2_15_with_addons(folder, tmp_path):
    if sys.version_info[:2] != (3, 11):
        pytest.skip("tensorflow-addons 0.23 needs Python 3.9 to 3.11")
    packages = "tensorflow==2.15.1", "tensorflow-addons==0.23.0"
    python = environment(tmp_path, "addons", *packages)
    addons = "import tensorflow_addons as tfa\noptimizer = tfa.optimizers.LAMB(1e-3)\n"
    run(python, SCORES + addons + STEP, cwd=folder)


def test_litert_alone(scorer, folder, tmp_path):
    """The scorer of the README."""
    packages = "ai-edge-litert", "numpy", "pillow"
    python = environment(tmp_path, "litert", *packages)
    example = ROOT / "examples" / "on_device.py"
    call = [python, "-I", example, "a.tflite", "0.png", "1.png", "2.png", "3.png"]
    done = subprocess.run(call, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[3].startswith("3.png: undecodable")
    result = [float(line.split()[-1]) for line in lines[:3]]
    mos = np.asarray(scorer(np.stack(PICTURES).astype("float32")))[:, 0]
    np.testing.assert_allclose(result, (mos + 20) / 0.8, atol=0.01)


def test_metadata_is_read_by_the_tool_for_it(folder, tmp_path):
    packages = "tflite-support==0.4.4", "numpy<2"
    python = environment(tmp_path, "support", *packages)
    code = (
        "from tflite_support import metadata\n"
        "shown = metadata.MetadataDisplayer.with_model_file('a.tflite')\n"
        "print(shown.get_metadata_json(), shown.get_packed_associated_file_list())\n"
    )
    done = subprocess.run(
        [python, "-I", "-c", code], cwd=folder, capture_output=True, text=True
    )
    if "libusb" in done.stderr:
        pytest.skip("tflite-support needs the system's libusb")
    assert done.returncode == 0, done.stderr
    for message in ("higher is better", "NormalizationOptions", '"RGB"', "labels.txt"):
        assert message in done.stdout


def test_saved_model_cli(folder):
    tool = Path(sys.executable).with_name("saved_model_cli")
    files = [(folder / name).read_bytes() for name in ("0.png", "1.png")]
    np.save(folder / "files.npy", np.array(files))
    call = [tool, "run", "--dir", "model", "--tag_set", "serve"]
    call += ["--signature_def", "serving_default", "--inputs", "bytes=files.npy"]
    done = subprocess.run(call, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (result,) = re.findall(r"output key mos:\s*\[([^\]]*)\]", done.stdout)
    expected = np.load(folder / "mos.npy")[:2, 0]
    np.testing.assert_allclose(list(map(float, result.split())), expected, rtol=1e-4)


def test_plain_c(folder, tmp_path):
    if shutil.which("gcc") is None:
        pytest.skip("no gcc")
    source = ROOT / "examples" / "score.c"
    library = Path(tf.sysconfig.get_lib())
    include = tf.sysconfig.get_include()
    build = ["gcc", source, "-o", tmp_path / "score", f"-I{include}", f"-L{library}"]
    build += ["-l:libtensorflow_cc.so.2", "-l:libtensorflow_framework.so.2"]
    build += [f"-Wl,-rpath,{library}"]
    subprocess.run(build, check=True)
    graph = saved_model_pb2.SavedModel()
    graph.ParseFromString((folder / "model" / "saved_model.pb").read_bytes())
    signature = graph.meta_graphs[0].signature_def["serving_default"]
    places = [signature.inputs["bytes"].name]
    places += [signature.outputs[name].name for name in ("mos", "status")]
    call = [tmp_path / "score", "model", *places, "0.png", "1.png", "3.png"]
    done = subprocess.run(call, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert [row[1] for row in rows] == ["ok", "ok", "undecodable"]
    expected = np.load(folder / "mos.npy")[:2, 0]
    np.testing.assert_allclose([float(row[2]) for row in rows[:2]], expected, rtol=1e-4)
