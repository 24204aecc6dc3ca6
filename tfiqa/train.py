"""Trains a method and writes its scorer, one Keras model from pixels to quality.

python -m tfiqa.train --method hyperiqa
python -m tfiqa.train --method hyperiqa --dataset koniq10k --output runs/koniq

Without --dataset it trains on generated pictures (`synthetic_iqa`), which it makes by
itself, with the reduced recipe `quick`. A run that was killed goes on with --resume.

Methods that learn from pictures without scores take these from --images and
--authentic_images, names with commas between, each a folder, generated pictures
(`stream:KIND[/SIDE[/COUNT]]`) or a prepared dataset; see `tfiqa.training.unlabeled`.
The dataset is then what the features are mapped to scores with, and evaluated on.

Several workers (`--strategy multi_worker`) take an --output each; the first one's has
the scorer.
"""

import dataclasses
import sys
import time
from pathlib import Path
from typing import Any

import keras
from absl import app
from absl import flags

from tfiqa import trainers
from tfiqa.cli import command
from tfiqa.config import overrides as configs
from tfiqa.data.images import UnfitPictures
from tfiqa.data.load import Splits
from tfiqa.data.load import load
from tfiqa.data.prepared import prepare_dataset
from tfiqa.data.sources import Sources
from tfiqa.data.subsets import for_training
from tfiqa.methods import METHODS
from tfiqa.methods import check
from tfiqa.methods import configured
from tfiqa.scoring.heldout import heldout
from tfiqa.scoring.references import References
from tfiqa.scoring.scorer import metadata
from tfiqa.training import run_folder
from tfiqa.training import run_sources
from tfiqa.training import strategies

EMBEDDED = "synthetic_iqa"
LEARN_FROM = ("parts", "all")


def define_flags() -> None:
    """Defines the flags of this command."""
    flags.DEFINE_enum("method", None, sorted(METHODS), "What to train.", required=True)
    flags.DEFINE_string(
        "dataset", None, f"A prepared dataset; `{EMBEDDED}`, generated, if not given."
    )
    flags.DEFINE_string("images", None, "Pictures without scores, by name.")
    flags.DEFINE_string(
        "authentic_images",
        None,
        "Photographs without scores, by name, or `none`; the training pictures of "
        "--dataset if not given, or for reiqa what --images names, if that is given.",
    )
    flags.DEFINE_string(
        "encoder",
        None,
        "An encoder.keras, instead of training one; for reiqa also two, "
        "QUALITY.keras,CONTENT.keras, whose features are joined.",
    )
    flags.DEFINE_string(
        "expert", None, "The field `expert`: what a method with several is to train."
    )
    flags.DEFINE_string("data_dir", None, "Where prepared datasets are kept.")
    flags.DEFINE_string("output", None, "Folder of the run; `runs/METHOD` by default.")
    flags.DEFINE_integer("seed", 0, "Of every random choice.", lower_bound=0)
    flags.DEFINE_integer("split_seed", 0, "Of the division of the data.", lower_bound=0)
    flags.DEFINE_enum(
        "learn_from",
        "parts",
        LEARN_FROM,
        "The parts for training and validation, or `all` pictures: none is tested on.",
    )
    flags.DEFINE_enum("strategy", "none", strategies.NAMES, "Where to compute.")
    flags.DEFINE_bool("mixed_precision", False, "Compute in bfloat16 where possible.")
    flags.DEFINE_string(
        "backbone_weights", None, "`imagenet`, `none` or a file; see `BACKBONES`."
    )
    flags.DEFINE_string(
        "recipe",
        None,
        "`paper`, `quick` or a released behaviour of the method; `quick` where no "
        "dataset is named.",
    )
    flags.DEFINE_multi_string("set", [], "name=value of a field of `Config`.")
    flags.DEFINE_bool("resume", False, "Go on with the run in --output.")
    flags.DEFINE_bool("overwrite", False, "Start the run in --output anew.")


def main(argv: list[str]) -> int:
    """Runs the command; returns its exit status."""
    given = flags.FLAGS
    if len(argv) > 1:
        raise app.UsageError(f"No arguments are expected. Received: {argv[1:]}", 2)
    try:
        strategy = strategies.create(given.strategy)
        recipe = chosen_recipe()
        config = chosen_config(recipe)
        splits = opened_data()
        sources = opened_sources(splits, recipe)
        run = trainers.Run(
            Path(given.output or f"runs/{given.method}"),
            seed=given.seed,
            resume=given.resume,
            strategy=strategy,
            verbose=1 if sys.stdout.isatty() else 2,  # A bar, or a line an epoch.
        )
        check(METHODS[given.method], config, sources, run)
        run_folder.open_folder(
            run.folder,
            facts(recipe, config, splits, sources),
            resume=given.resume,
            overwrite=given.overwrite,
        )
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    if recipe == "quick":
        tell_reduced()
    if given.mixed_precision:
        keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
    started = time.monotonic()
    try:
        scorer = run_sources.trained(given.method, config, sources, run)
    except UnfitPictures as error:
        print(error, file=sys.stderr)
        return 2
    if run.is_chief:
        finish(scorer, splits, run, seconds=time.monotonic() - started)
    return 0


def chosen_recipe() -> str:
    """Returns the recipe that is named, or that of a first look or the paper."""
    given = flags.FLAGS
    return given.recipe or ("paper" if given.dataset else "quick")


def chosen_config(recipe: str) -> Any:
    """Returns the method's `Config` with the recipe and the flags applied."""
    given = flags.FLAGS
    overrides = configs.parse(given["set"].value or [])
    if given.expert is not None:
        overrides["expert"] = given.expert
    if given.backbone_weights is not None:
        weights = given.backbone_weights
        overrides["backbone_weights"] = None if weights == "none" else weights
    return configured(METHODS[given.method], recipe, overrides)


def opened_data() -> Splits:
    """Returns the parts of the dataset; the embedded one is made if need be.

    Where all of it is learned from, what validates stands in for the test part.
    """
    given = flags.FLAGS
    name = given.dataset or EMBEDDED
    if name.split("/")[0] == EMBEDDED:
        prepare_dataset(name, data_dir=given.data_dir)
    splits = load(name, data_dir=given.data_dir, split_seed=given.split_seed)
    if given.learn_from == "parts":
        return splits
    train, validation = for_training(splits, seed=given.split_seed)
    return Splits(train, validation, validation, splits.fingerprint)


def opened_sources(splits: Splits, recipe: str) -> Sources:
    """Returns what the flags let the method learn from."""
    given = flags.FLAGS
    return run_sources.open_sources(
        splits,
        given.method,
        recipe=recipe,
        photographs=given.dataset is not None,
        images=given.images,
        authentic_images=given.authentic_images,
        encoder=given.encoder,
        data_dir=given.data_dir,
        split_seed=given.split_seed,
    )


def facts(recipe: str, config: Any, splits: Splits, sources: Sources) -> dict[str, Any]:
    """Returns what makes the run what it is: the same facts give the same scorer."""
    given = flags.FLAGS
    return {
        "method": given.method,
        "recipe": recipe,
        "config": dataclasses.asdict(config),
        "dataset": splits.train.name,
        "fingerprint": splits.fingerprint,
        **run_sources.facts(sources),
        **({"learn_from": "all"} if given.learn_from == "all" else {}),
        "split_seed": given.split_seed,
        "seed": given.seed,
        "strategy": given.strategy,
        "mixed_precision": given.mixed_precision,
    }


def tell_reduced() -> None:
    """Says that the recipe is reduced, and how the paper's is run."""
    given = flags.FLAGS
    print(
        "Recipe `quick`: reduced in network and training, for a first look. The "
        f"paper's: python -m tfiqa.train --method {given.method} --recipe paper "
        "--dataset NAME"
    )


def finish(
    scorer: keras.Model, splits: Splits, run: trainers.Run, *, seconds: float
) -> None:
    """Writes the scorer and its figures on the test pictures, and tells of them.

    Where all pictures are learned from, figures are of those that validate.
    """
    part, told = "test", "Held-out pictures"
    if flags.FLAGS.learn_from == "all":
        part, told = "validation", "Pictures that chose the epoch, none is held out"
        metadata(scorer)["learned_from"] = "all"
    path = run_folder.save_model(scorer, run.folder / "scorer.keras")
    compared = run.report.get("references")
    references = None if compared is None else References(compared)
    result = heldout(scorer, splits.test, references=references)
    run_folder.complete(
        run.folder,
        {
            part: {k: dataclasses.asdict(v) for k, v in result.figures.items()},
            "seconds": seconds,
            **run.report,
        },
    )
    trainers.forget(run.folder)
    picture = run_folder.save_example(splits.test, run.folder)
    print(f"\n{told} of {splits.test.name}, {splits.test.unit}:")
    print("\n".join(result.lines()))
    print(f"scorer: {path}")
    more = "" if compared is None else f" --reference {compared}"
    print(f"score a picture: python -m tfiqa.score --model {path} {picture}{more}")


if __name__ == "__main__":
    command.run(define_flags, main)
