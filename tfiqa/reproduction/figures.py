"""The commands that draw the figures of the papers."""

import dataclasses
from collections.abc import Callable

from tfiqa.reproduction.making import Maker
from tfiqa.reproduction.predictors import KADIS
from tfiqa.reproduction.setting import Step

# Rows of the two bar charts of contentsep's poster, keys of `MADE`.
STAGES = ("Synthetic", "+ Authentic", "contentsep")
LIKELIHOODS = ("Log-likelihood", "contentsep")
BARS: dict[str, tuple[str, ...]] = {
    "Stages of the method": STAGES,
    "Losses of the estimator": LIKELIHOODS,
}

BAR_DATABASES = ("clive", "koniq10k", "flive", "cid2013")

# The picture of the demo of HyperIQA, below the folder of published files.
PICTURE = "hyperiqa/D_01.jpg"

# Grid of the configurations of Re-IQA that its slides choose from.
GRID = ("n_aug=3,7,11", "patch_size=96,160,224", "overlap=(0.1,0.3),(0.3,0.6)")
TINY_GRID = ("n_aug=1,2",)


@dataclasses.dataclass(frozen=True)
class Figure:
    """A figure that commands draw.

    Attributes:
        steps: Function from the maker and the folder of the figure to the commands.
        databases: Rated databases that it is measured on.
    """

    steps: Callable[[Maker, str], list[Step]]
    databases: tuple[str, ...] = ()


def _sheet(maker: Maker, folder: str, name: str, *flags: str) -> Step:
    output = f"{folder}/{name}.png"
    arguments = (*flags, f"--output={output}", *maker.setting.data_flags)
    return Step("sheet", arguments, output)


def _generated(maker: Maker, folder: str) -> list[Step]:
    count = "4" if maker.setting.is_tiny else "8"
    return [
        _sheet(
            *(maker, folder, kind),
            *("--kind=synthetic", f"--images=stream:{kind}/512/{count}"),
        )
        for kind in ("dead_leaves", "textured_leaves", "cel")
    ]


def _compared(kind: str) -> Callable[[Maker, str], list[Step]]:
    """Returns the commands for a sheet of what a method compares."""

    def steps(maker: Maker, folder: str) -> list[Step]:
        images = f"--images={maker.dataset(KADIS)}"
        return [_sheet(maker, folder, kind, f"--kind={kind}", images)]

    return steps


def _represented(made: str, drawing: str, *flags: str):
    """Returns the commands that draw the representations of an encoder."""

    def steps(maker: Maker, folder: str) -> list[Step]:
        small = ("--scenes=3", "--side=96") if maker.setting.is_tiny else ()
        arguments = (f"--model={maker.made(made)}", f"--output={folder}", *flags)
        makes = f"{folder}/{drawing}.png"
        return [Step("representations", (*arguments, *small), makes)]

    return steps


def _configurations(maker: Maker, folder: str) -> list[Step]:
    grid = TINY_GRID if maker.setting.is_tiny else GRID
    fields = maker.trained_alone("reiqa (quality)", without=("n_aug",))
    arguments = (
        *("--method=reiqa", *(f"--grid={axis}" for axis in grid)),
        *(f"--output={folder}", "--"),
        *(f"--dataset={maker.dataset('koniq10k')}", *fields),
        *maker.setting.data_flags,
    )
    return [Step("ablate", arguments, f"{folder}/ablation.csv")]


def _bars(maker: Maker, folder: str) -> list[Step]:
    names = dict.fromkeys(name for rows in BARS.values() for name in rows)
    models = [f"--model={name}={maker.made(name)}" for name in names]
    datasets = [f"--dataset={maker.dataset(name)}" for name in BAR_DATABASES]
    arguments = ["--protocol=unsupervised", *datasets, *models]
    return [maker.evaluation(arguments, folder)]


def _competition(maker: Maker, folder: str) -> list[Step]:
    models = [
        f"--model={name}={maker.made_on_all(name, 'live')}"
        for name in ("hyperiqa", "gm-log", "dbcnn")
    ]
    flags = ["--protocol=gmad", maker.waterloo(), *models, f"--report={folder}/report"]
    return [maker.evaluation(flags, folder)]


def _weights(maker: Maker, folder: str) -> list[Step]:
    scorer = maker.made_on_all("hyperiqa", "koniq10k")
    flags = [
        *("--protocol=cross_database", f"--dataset={maker.dataset('clive')}"),
        *(f"--model=hyperiqa={scorer}", f"--report={folder}/report"),
    ]
    return [maker.evaluation(flags, folder)]


def _attributes(maker: Maker, folder: str) -> list[Step]:
    dataset = f"--dataset={maker.dataset('koniq10k')}"
    return [_sheet(maker, folder, "attributes", "--kind=attributes", dataset)]


def _demo(maker: Maker, folder: str) -> list[Step]:
    maker.needs.append(f"files:{PICTURE}")
    scorer = maker.made("hyperiqa, released")
    output = f"{folder}/scores.csv"
    arguments = (
        f"--model={scorer}",
        f"{maker.setting.files}/{PICTURE}",
        f"--output={output}",
        "--overwrite",
    )
    return [Step("score", arguments, output)]


FIGURES: dict[str, Figure] = {
    "talk/images": Figure(_generated),
    "talk/views": Figure(_compared("views")),
    "poster/similarity": Figure(_represented("contrique", "similarity")),
    "poster/representations": Figure(
        _represented("contrique", "projection", "--projection=tsne")
    ),
    "reiqa/configurations": Figure(_configurations, ("koniq10k",)),
    "reiqa/hypotheses": Figure(
        _represented("reiqa (quality)", "hypotheses", "--hypotheses")
    ),
    "reiqa/chunk": Figure(_compared("chunk")),
    "contentsep/bars": Figure(_bars, BAR_DATABASES),
    "hyperiqa/figure-4": Figure(_competition, ("live",)),
    "hyperiqa/figure-5": Figure(_weights, ("clive", "koniq10k")),
    "hyperiqa/demo": Figure(_demo),
    "hyperiqa/koniq-indicators": Figure(_attributes, ("koniq10k",)),
}
