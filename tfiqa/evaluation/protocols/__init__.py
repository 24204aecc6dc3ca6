"""The protocols of evaluation: one file and one row each, imported on first use.

A file ends in `PROTOCOL = Protocol(...)`; see `base`. Its name is a key of `PROTOCOLS`,
which is known without importing NumPy or Keras.
"""

from typing import TYPE_CHECKING

from tfiqa.config.rows import LazyRows

if TYPE_CHECKING:
    from tfiqa.evaluation.protocols.base import Protocol

PROTOCOLS: "LazyRows[Protocol]" = LazyRows(
    "tfiqa.evaluation.protocols",
    "PROTOCOL",
    (
        *("split", "unsupervised", "repeats", "per_distortion"),
        *("repeats_per_distortion", "label_efficiency"),
        *("cross_database", "waterloo", "behaviour", "gmad", "ablation"),
    ),
)
