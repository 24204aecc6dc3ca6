"""Functions of rows, computed block by block."""

import keras
from keras import ops


def in_blocks(of_rows, count, block):
    """Returns `of_rows` of the rows 0 to `count`, of which one block takes memory.

    Args:
        of_rows: Function from the numbers of rows, int32 `(block,)`, to
            `(block, d)`.
        count: Number of rows, an integer or a scalar tensor.
        block: Number of rows in a block.
    """
    blocks = (count + block - 1) // block
    steps = ops.arange(block, dtype="int32")

    def of_block(number):
        # The last block repeats the last row; the repeats are cut off below.
        return of_rows(ops.minimum(number * block + steps, count - 1))

    values = _in_turn(of_block, ops.arange(blocks, dtype="int32"))
    return ops.reshape(values, (-1, ops.shape(values)[-1]))[:count]


def _in_turn(of_block, numbers):
    if keras.backend.backend() != "tensorflow":
        return ops.map(of_block, numbers)
    import tensorflow as tf  # Its graphs compute ten blocks at once by default.

    with tf.__internal__.FuncGraph("shapes").as_default():
        values = of_block(tf.constant(0))
    return tf.map_fn(
        of_block,
        numbers,
        parallel_iterations=1,
        fn_output_signature=tf.TensorSpec(values.shape, values.dtype),
    )
