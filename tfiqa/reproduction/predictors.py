"""How the rows of the papers' tables are made: methods, what they learn from, files.

The names of `PREDICTORS` are those of `report/published.csv`; those of `MADE` name
encoders and scorers that several rows share.
"""

import dataclasses
from collections.abc import Mapping

# Unlabeled photographs of CONTRIQUE and Re-IQA.
_COCO = "coco:train,coco:validation,coco:unlabeled,coco:test2015"
AUTHENTIC = f"ava,{_COCO},certh_blur,voc2012"
KADIS = "kadis700k/pristine"
# A folder below the one of published files: photographs without visible distortion.
PRISTINE = "{files}/pristine"
# Rated images for trainings whose encoder alone is used.
ANY_RATED = "synthetic_iqa/scenes_4"


@dataclasses.dataclass(frozen=True)
class Training:
    """A training, apart from its folders.

    Attributes:
        method: A key of `METHODS`.
        recipe: One of its recipes.
        fields: Fields of its config.
        images: Names of unlabeled images; `{files}` is the folder of published files.
        authentic_images: Names of unlabeled photographs, or `"none"`.
        encoders: Keys of `MADE`, to use instead of training an encoder.
        dataset: The rated dataset.
        learn_from: See `tfiqa.train`.
        makes: The file of the run that is used.
        weights: By field, a file below the folder of official models.
        recipes: Recipes for single datasets, instead of `recipe`.
    """

    method: str
    recipe: str = "paper"
    fields: Mapping[str, object] = dataclasses.field(default_factory=dict)
    images: str | None = None
    authentic_images: str | None = None
    encoders: tuple[str, ...] = ()
    dataset: str = ANY_RATED
    learn_from: str = "parts"
    makes: str = "encoder.keras"
    weights: Mapping[str, str] = dataclasses.field(default_factory=dict)
    recipes: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Conversion:
    """The conversion of an official model.

    Attributes:
        method: A key of `METHODS`.
        file: The model, below the folder of official models.
        recipe: One of the method's recipes.
    """

    method: str
    file: str
    recipe: str = "paper"


@dataclasses.dataclass(frozen=True)
class Learned:
    """A method that is trained on each division."""

    training: Training


@dataclasses.dataclass(frozen=True)
class Regressed:
    """Ridge regression on the features of an encoder, a key of `MADE`."""

    encoder: str


@dataclasses.dataclass(frozen=True)
class Scored:
    """A scorer that learns from no score, a key of `MADE`."""

    scorer: str


@dataclasses.dataclass(frozen=True)
class Imported:
    """Scores of another tool, since the method is not in this package."""


Made = Training | Conversion
Predictor = Learned | Regressed | Scored | Imported

_CONTENTSEP = Training(
    "contentsep",
    images=KADIS,
    authentic_images="ava",
    encoders=("contentsep, synthetic",),
)


def _distance(encoder: str) -> Training:
    """Returns the scorer that compares features with those of pristine patches."""
    return Training(
        *("pristine_distance", "paper"),
        images=PRISTINE,
        authentic_images="none",
        encoders=(encoder,),
        makes="scorer.keras",
    )


def _stage(**fields: object) -> Training:
    """Returns the second stage of contentsep with some fields changed."""
    return dataclasses.replace(_CONTENTSEP, fields=fields)


MADE: dict[str, Made] = {
    # CONTRIQUE: types and levels of KADIS-700k, and photographs of four databases.
    "contrique": Training("contrique", images=KADIS, authentic_images=AUTHENTIC),
    # Its talk: generated images alone.
    "contrique (dead leaves)": Training(
        "contrique", "dead_leaves", images="stream:dead_leaves/640/65536"
    ),
    "contrique (textured leaves)": Training(
        "contrique", "textured_leaves", images="stream:textured_leaves/640/65536"
    ),
    "contrique (danbooru)": Training("contrique", "danbooru", images="danbooru/anime"),
    # Re-IQA: both experts, and their joined features.
    "reiqa (quality)": Training(
        *("reiqa", "paper", {"expert": "quality"}), images=f"{KADIS},{AUTHENTIC}"
    ),
    "reiqa (content)": Training(
        *("reiqa", "paper", {"expert": "content"}), images="imagenet2012:train"
    ),
    "reiqa": Training("reiqa", encoders=("reiqa (quality)", "reiqa (content)")),
    # Codebooks from the images of CSIQ, without their scores.
    "cornia": Training("cornia", images="csiq:all", authentic_images="none"),
    "hosa": Training("hosa", images="csiq:all", authentic_images="none"),
    # The network of DB-CNN that has learned 39 types and levels of distortions; the one
    # epoch of the head that a training needs is thrown away.
    "dbcnn": Training(
        *("db_cnn", "paper", {"head_epochs": 1, "epochs": 0}),
        images="waterloo/pristine,voc2012",
        authentic_images="none",
    ),
    "dipiq": Training(
        "dipiq", images=KADIS, authentic_images="none", makes="scorer.keras"
    ),
    "niqe": Conversion("niqe", "niqe/modelparameters.mat"),
    "ilniqe": Conversion("ilniqe", "ilniqe/templateModel.mat"),
    "hyperiqa, released": Conversion(
        "hyperiqa", "hyperiqa/koniq_pretrained.pkl", "official_koniq"
    ),
    "cornia (unsupervised)": _distance("cornia"),
    "contrique (unsupervised)": _distance("contrique"),
    # contentsep: the first stage, and the second one in four variants.
    "contentsep, synthetic": Training(
        *("contentsep", "paper", {"epochs": 0, "penalty": 0.0}),
        images=KADIS,
        authentic_images="none",
    ),
    "contentsep, authentic": _stage(penalty=0.0),
    "contentsep, log": _stage(likelihood="log"),
    "contentsep, contrastive": _stage(likelihood="contrastive"),
    "Synthetic": _distance("contentsep, synthetic"),
    "+ Authentic": _distance("contentsep, authentic"),
    "Log-likelihood": _distance("contentsep, log"),
    "contentsep": _distance("contentsep, contrastive"),
}

PREDICTORS: dict[str, Predictor] = {
    # The release has settings for LIVE; those of other databases are chosen on the
    # validation part.
    "brisque": Learned(Training("brisque", "search", recipes={"live": "paper"})),
    "gm-log": Learned(Training("gm_log")),
    "cornia": Learned(Training("cornia", encoders=("cornia",))),
    "hosa": Learned(Training("hosa", encoders=("hosa",))),
    "wadiqam": Learned(Training("wadiqam")),
    "deepiqa": Learned(Training("wadiqam")),
    "sfa": Learned(Training("sfa")),
    "pqr": Learned(Training("pqr")),
    "dbcnn": Learned(Training("db_cnn", encoders=("dbcnn",))),
    "hyperiqa": Learned(Training("hyperiqa")),
    "musiq": Learned(
        Training("musiq", weights={"weights": "musiq/imagenet_pretrain.npz"})
    ),
    "resnet50, frozen": Learned(Training("linear_probe", "resnet50")),
    **{
        name: Regressed(name)
        for name in (
            *("contrique", "contrique (dead leaves)", "contrique (textured leaves)"),
            *("contrique (danbooru)", "reiqa", "reiqa (quality)"),
        )
    },
    **{
        name: Scored(name)
        for name in (
            *("niqe", "ilniqe", "dipiq", "cornia (unsupervised)"),
            *("contrique (unsupervised)", "contentsep", "Synthetic", "+ Authentic"),
            "Log-likelihood",
        )
    },
    **dict.fromkeys(("biecon", "meon", "two-stream"), Imported()),
}
