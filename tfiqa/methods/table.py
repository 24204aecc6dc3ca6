"""The methods, by the name that `--method` takes."""

from tfiqa.config.rows import LazyRows
from tfiqa.methods.base import Method

METHODS: LazyRows[Method] = LazyRows(
    "tfiqa.methods",
    "METHOD",
    (
        *("contentsep", "contrique", "frozen_trunk", "hyperiqa", "ilniqe"),
        *("linear_probe", "niqe", "pristine_distance", "reiqa"),
    ),
)
