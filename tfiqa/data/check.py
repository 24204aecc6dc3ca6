"""Check that all pictures of a prepared dataset can be decoded.

What training would meet hours later is told while the dataset is being prepared.
"""

import tensorflow as tf
import tensorflow_datasets as tfds
from tqdm.auto import tqdm

from tfiqa.data.decode import DecodeError
from tfiqa.data.decode import decode
from tfiqa.data.records import stored


def check_pictures(builder: tfds.core.DatasetBuilder) -> None:
    """Decodes every picture, with a progress bar.

    Raises:
        ValueError: If some cannot be decoded, with their number and first names.
    """
    faults = []
    for split in builder.info.splits:
        examples = stored(builder, split).map(
            lambda example: (
                example["image_id"],
                tf.numpy_function(_fault, [example["image"]], tf.string),
            ),
            num_parallel_calls=tf.data.AUTOTUNE,
        )
        count = builder.info.splits[split].num_examples
        rows = tqdm(
            examples.as_numpy_iterator(),
            desc=f"Checking {split} pictures...",
            total=count,
            unit=" pictures",
            leave=False,
        )
        faults += [f"{name.decode()} ({why.decode()})" for name, why in rows if why]
    if faults:
        raise ValueError(
            f"Pictures that can be decoded are expected. Received: {len(faults)} that "
            f"cannot, such as {'; '.join(faults[:3])}"
        )


def _fault(encoded: bytes) -> bytes:
    try:
        decode(encoded)
    except DecodeError as error:
        return str(error).encode()
    return b""
