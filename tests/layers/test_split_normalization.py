"""Split batch normalization against the layer itself, group by group."""

import keras
import numpy as np
import pytest
from keras import ops

from tfiqa import layers

RNG = np.random.default_rng(0)
ROWS = (
    RNG.normal(size=(6, 3, 2, 4)).astype("float32") + np.arange(6)[:, None, None, None]
)


def network():
    images = keras.Input((None, None, 4))
    inner = keras.Input((None, None, 4))
    normalized = keras.layers.BatchNormalization(momentum=0.75, name="bn")(inner)
    block = keras.Model(inner, normalized + inner, name="block")
    model = keras.Model(images, block(images))
    bn = block.get_layer("bn")
    bn.set_weights([RNG.uniform(0.5, 1.5, 4) for _ in range(4)])
    return model, bn


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_each_group_has_its_own_statistics(policy):
    keras.config.set_dtype_policy(policy)
    try:
        model, bn = network()
        split = layers.with_split_statistics(model, 2)
    finally:
        keras.config.set_dtype_policy("float32")
    start = bn.get_weights()
    result = ops.convert_to_numpy(ops.cast(split(ROWS, training=True), "float32"))
    moved = bn.get_weights()
    groups, after = [], []
    for group in np.split(ROWS, 3):
        bn.set_weights(start)
        groups.append(
            ops.convert_to_numpy(ops.cast(model(group, training=True), "float32"))
        )
        after.append(bn.get_weights())
    close = {"float32": 1e-5, "mixed_bfloat16": 0.05}[policy]
    np.testing.assert_allclose(result, np.concatenate(groups), atol=close)
    for one, several in zip(moved, zip(*after, strict=True), strict=True):
        np.testing.assert_allclose(one, np.mean(several, axis=0), rtol=1e-5)


def test_variables_are_those_of_the_model_which_is_saved_as_it_was(tmp_path):
    model, _ = network()
    split = layers.with_split_statistics(model, 2)
    assert {id(v) for v in split.variables} == {id(v) for v in model.variables}
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    kinds = [type(layer).__name__ for layer in loaded.get_layer("block").layers]
    assert "SplitBatchNormalization" not in kinds
    np.testing.assert_array_equal(
        ops.convert_to_numpy(loaded(ROWS)), ops.convert_to_numpy(split(ROWS))
    )


def test_fewer_rows_are_one_group():
    model, _ = network()
    split = layers.with_split_statistics(model, 8)
    np.testing.assert_allclose(
        ops.convert_to_numpy(split(ROWS, training=True)),
        ops.convert_to_numpy(model(ROWS, training=True)),
        atol=1e-6,
    )
    assert layers.with_split_statistics(model, None) is model


def test_groups_must_fill_the_rows():
    split = layers.with_split_statistics(network()[0], 4)
    with pytest.raises(ValueError, match=r"6 rows.*group=4"):
        split(ROWS, training=True)
