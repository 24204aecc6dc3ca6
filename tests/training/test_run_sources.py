"""What a run learns from, by name."""

import dataclasses

import pytest

from tests.support.toy_scorer import toy_image
from tests.support.toy_source import png
from tests.support.toy_source import toy_source
from tfiqa import trainers
from tfiqa.data.images import UnfitImages
from tfiqa.data.load import Splits
from tfiqa.methods import METHODS
from tfiqa.methods import Method
from tfiqa.methods.reiqa.training import images_of
from tfiqa.training import preparation
from tfiqa.training import run_sources
from tfiqa.training.flags import parse
from tfiqa.training.run_sources import open_sources


def not_called(*arguments):
    raise AssertionError(arguments)


# A method that has images of its own, beside the labeled ones.
OWN = Method(
    name="own",
    summary="A toy.",
    config=object,
    recipes={"paper": {}, "quick": {}},
    check=not_called,
    train=not_called,
    images="stream:dead_leaves/16/3",
)


@pytest.fixture
def splits():
    """Labeled images."""
    return Splits(toy_source(7), toy_source(5), toy_source(5), "")


def test_pictures_of_ones_own_are_the_default(splits):
    sources = open_sources(splits, OWN)
    assert sources.labeled() == (splits.train, splits.validation)
    assert sources.unlabeled().name == "stream:dead_leaves/16/3"
    assert sources.authentic_images is None
    assert run_sources.facts(sources) == {
        "images": "stream:dead_leaves/16/3 (3)",
        "authentic_images": None,
        "encoder": None,
    }


def test_pictures_are_chosen(splits):
    sources = open_sources(
        splits,
        OWN,
        images="stream:cel/16/4",
        authentic_images=run_sources.TRAINING_ROWS,
    )
    assert sources.unlabeled().name == "stream:cel/16/4"
    assert run_sources.facts(sources)["authentic_images"] == "toy (7)"
    sources = open_sources(splits, OWN, authentic_images="stream:cel/16/2")
    assert run_sources.facts(sources)["authentic_images"] == "stream:cel/16/2 (2)"
    sources = open_sources(splits, OWN, authentic_images=run_sources.NONE)
    assert sources.authentic_images is None


def test_methods_that_learn_from_scores_get_nothing_else(splits):
    sources = open_sources(
        splits, METHODS["hyperiqa"], authentic_images=run_sources.TRAINING_ROWS
    )
    assert sources.images is sources.authentic_images is None
    for name in ("images", "authentic_images", "encoder"):
        with pytest.raises(ValueError, match=f"hyperiqa.*--{name}=x"):
            open_sources(splits, METHODS["hyperiqa"], **{name: "x"})


def test_an_encoder_stands_in_for_pictures(splits, tmp_path):
    path = tmp_path / "encoder.keras"
    with pytest.raises(ValueError, match=rf"--encoder={path}"):
        open_sources(splits, OWN, encoder=str(path))
    path.touch()
    rows = run_sources.TRAINING_ROWS
    sources = open_sources(splits, OWN, encoder=str(path), authentic_images=rows)
    assert sources.encoder == path
    assert sources.images is sources.authentic_images is None
    assert run_sources.facts(sources)["encoder"] == str(path)
    with pytest.raises(ValueError, match=r"not trained further.*--images=x"):
        open_sources(splits, OWN, encoder=str(path), images="x")
    with pytest.raises(ValueError, match=r"encoder\.keras"):
        open_sources(splits, OWN, encoder=str(tmp_path))


def test_what_was_left_out_is_listed(splits, tmp_path, capsys):
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(png(toy_image(1)))
    (tmp_path / "c.png").write_bytes(b"no picture")
    run = tmp_path / "run"
    run.mkdir()
    sources = open_sources(splits, OWN, images=str(tmp_path))
    run_sources.report_skipped(sources, run)
    assert not list(run.iterdir())
    assert len(list(sources.unlabeled().epoch(0, 0))) == 3
    run_sources.report_skipped(sources, run)
    (line,) = (run / "skipped.txt").read_text().splitlines()
    assert line.startswith(f"{tmp_path / 'c.png'}: ")
    assert "Skipped images: 1, " in capsys.readouterr().err
    # A run that goes on keeps what was listed, and lists nothing twice.
    (run / "skipped.txt").write_text(f"a/lost.png: broken\n{line}\n")
    run_sources.report_skipped(sources, run)
    assert (run / "skipped.txt").read_text() == f"{line}\na/lost.png: broken\n"


def test_pictures_of_which_none_can_be_read_are_unfit(splits, tmp_path):
    def look(config, sources, run):
        return list(sources.unlabeled().epoch(run.seed, 0))

    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "a.png").write_bytes(b"no picture")
    run = trainers.Run(tmp_path / "run")
    run.folder.mkdir()
    sources = open_sources(splits, OWN, images=str(tmp_path / "pictures"))
    method = dataclasses.replace(OWN, train=look)
    with pytest.raises(UnfitImages, match=r"^Readable .*pictures, which has none$"):
        run_sources.train_scorer(method, None, sources, run)
    assert "a.png" in (run.folder / "skipped.txt").read_text()


def test_several_encoders_are_for_methods_that_join_them(splits, tmp_path):
    paths = [tmp_path / "q.keras", tmp_path / "c.keras"]
    for path in paths:
        path.touch()
    named = ",".join(map(str, paths))
    with pytest.raises(ValueError, match=r"One encoder is expected for own.*q\."):
        open_sources(splits, OWN, encoder=named)
    sources = open_sources(splits, METHODS["reiqa"], encoder=named)
    assert sources.encoders == tuple(paths)
    assert sources.encoder is None
    assert run_sources.facts(sources)["encoder"] == named
    with pytest.raises(ValueError, match="or 2, of quality and content, is expected"):
        open_sources(splits, METHODS["reiqa"], encoder=f"{named},{paths[0]}")
    with pytest.raises(ValueError, match=r"encoder\.keras"):
        open_sources(splits, METHODS["reiqa"], encoder=f"{paths[0]},{tmp_path}")


def test_methods_that_compare_take_pictures_and_an_encoder(splits, tmp_path):
    path = tmp_path / "encoder.keras"
    path.touch()
    sources = open_sources(splits, METHODS["pristine_distance"], encoder=str(path))
    assert sources.encoder == path
    assert sources.unlabeled().name == METHODS["pristine_distance"].images


def test_photographs_may_have_a_default(splits):
    sources = open_sources(splits, METHODS["contentsep"])
    assert run_sources.facts(sources)["authentic_images"] == "toy (7)"
    sources = open_sources(
        splits, METHODS["contentsep"], authentic_images=run_sources.NONE
    )
    assert sources.authentic_images is None


@pytest.fixture
def opened(splits):
    """Reads the flags of a training; returns what it learns from."""

    def opened(*arguments):
        return preparation.open_sources(splits, parse(arguments))

    return opened


CEL, LEAVES = "stream:cel/16/4", "stream:dead_leaves/16/3"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--dataset=x"], "toy"),
        (["--dataset=x", f"--images={CEL}"], CEL),
        (["--dataset=x", f"--images={CEL}", f"--authentic_images={LEAVES}"], LEAVES),
        ([f"--images={CEL}"], CEL),
    ],
)
def test_reiqas_content_is_learned_from_named_pictures(opened, arguments, expected):
    sources = opened("--method=reiqa", *arguments)
    assert images_of("content", sources).name == expected
    assert images_of("quality", sources) is sources.images


def test_contriques_named_pictures_stand_beside_photographs(opened):
    sources = opened("--method=contrique", "--dataset=x", f"--images={CEL}")
    assert sources.unlabeled().name == CEL
    assert sources.authentic_images is not None
    assert sources.authentic_images.name == "toy"


@pytest.mark.parametrize(
    ("recipe", "kind"),
    [
        ("dead_leaves", "dead_leaves"),
        ("textured_leaves", "textured_leaves"),
        ("drawn", "cel"),
    ],
)
def test_rows_of_contriques_talk_are_generated_pictures_alone(opened, recipe, kind):
    arguments = ("--method=contrique", f"--recipe={recipe}", "--dataset=x")
    sources = opened(*arguments)
    assert sources.unlabeled().name == f"stream:{kind}/640/65536"
    assert sources.authentic_images is None
    config = METHODS["contrique"].configured(recipe)
    assert config.colors == ("gray", "lab", "hsv", "rgb")
    named = opened(*arguments, f"--images={CEL}", f"--authentic_images={LEAVES}")
    assert named.unlabeled().name == CEL
    assert named.authentic_images is not None
    assert named.authentic_images.name == LEAVES


@pytest.mark.parametrize("method", ["contentsep", "contrique", "reiqa"])
def test_papers_recipes_have_whole_epochs_of_pictures(splits, method):
    """Enough for a batch and more, of the size of what is cut from them."""
    first, look = (
        open_sources(splits, METHODS[method], recipe=recipe).unlabeled()
        for recipe in ("paper", "quick")
    )
    other = open_sources(splits, METHODS[method], recipe="released").unlabeled()
    assert other.name == first.name
    assert first.count >= 16384
    assert int(first.name.split("/")[1]) >= 512
    assert look.count <= 256


def test_contriques_photographs_are_a_datasets_by_default(opened):
    for recipe in ("paper", "quick", "released"):
        sources = opened("--method=contrique", "--dataset=x", f"--recipe={recipe}")
        assert sources.authentic_images is not None
    assert opened("--method=contrique").authentic_images is None
