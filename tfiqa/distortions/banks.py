"""The banks of distortions by name, one for each database or release."""

from collections.abc import Mapping

from tfiqa.distortions.bank import DISTORTIONS
from tfiqa.distortions.bank import Distortion
from tfiqa.distortions.dbcnn import DBCNN
from tfiqa.distortions.reiqa import REIQA_RELEASED
from tfiqa.distortions.waterloo import WATERLOO

BANKS: dict[str, Mapping[str, Distortion]] = {
    "dbcnn": DBCNN,
    "kadid": DISTORTIONS,
    "released": REIQA_RELEASED,
    "waterloo": WATERLOO,
}
