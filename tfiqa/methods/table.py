"""The methods, by the name that `--method` takes."""

from tfiqa.config.rows import LazyRows
from tfiqa.methods.base import Method

METHODS: LazyRows[Method] = LazyRows(
    "tfiqa.methods",
    "METHOD",
    (
        *("brisque", "contentsep", "contrique", "cornia", "db_cnn", "dipiq"),
        *("frozen_trunk", "gm_log", "hosa", "hyperiqa", "ilniqe", "linear_probe"),
        *("musiq", "niqe", "piqe", "pqr", "pristine_distance", "reiqa", "sfa"),
        "wadiqam",
    ),
)
