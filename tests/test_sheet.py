"""Tests of the command that draws sheets."""

import pytest
from absl import flags
from absl.testing import flagsaver
from PIL import Image

from tests.support.toy_scorer import toy_image
from tfiqa import sheet
from tfiqa.methods import METHODS
from tfiqa.methods import reiqa
from tfiqa.training import sheets


def test_flags_are_those_of_the_tables():
    """They are written out in the command, which must not import the tables."""
    compared = [kind for row in METHODS.values() for kind in row.sheets]
    assert (*sheets.KINDS, *compared) == sheet.KINDS
    assert sheet.GROUPS == sheets.GROUPS
    assert ("paper", *reiqa.RELEASED) == sheet.RECIPES


@pytest.fixture
def run():
    """Returns a function that runs the command; its result is the exit status."""
    before = set(flags.FLAGS)
    sheet.define_flags()

    @flagsaver.flagsaver
    def run_with(*arguments):
        return sheet.main(flags.FLAGS(["sheet", *map(str, arguments)]))

    yield run_with
    for name in set(flags.FLAGS) - before:
        delattr(flags.FLAGS, name)


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.png"
    Image.fromarray(toy_image(3, 64, 64)).save(path)
    return path


def test_command_draws_one_group(run, photo, capsys):
    output = photo.with_name("sheet.png")
    assert run(f"--image={photo}", f"--output={output}", "--group=brightness") == 0
    assert capsys.readouterr().out == f"wrote {output}\n"
    with Image.open(output) as drawn:
        assert drawn.format == "PNG"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("nowhere.png", None, "nowhere.png"),
        ("broken.png", b"no picture", "broken.png: An image is expected"),
        ("small.png", (47, 64), "at least 48"),
    ],
)
def test_command_tells_what_it_cannot_draw(
    run, tmp_path, capsys, name, content, message
):
    path = tmp_path / name
    if isinstance(content, tuple):
        Image.fromarray(toy_image(3, *content)).save(path)
    elif content is not None:
        path.write_bytes(content)
    output = tmp_path / "sheet.png"
    assert run(f"--image={path}", f"--output={output}", "--group=spatial") == 2
    assert message in capsys.readouterr().err
    assert not output.exists()


def test_command_tells_what_it_cannot_write(run, photo, capsys):
    output = photo.parent / "none" / "sheet.png"
    assert run(f"--image={photo}", f"--output={output}", "--group=brightness") == 2
    assert "none" in capsys.readouterr().err


def test_the_picture_goes_with_its_kind(run, photo, capsys):
    output = photo.with_name("sheet.png")
    for arguments in ([f"--image={photo}", "--kind=views"], ["--kind=distortions"]):
        assert run(f"--output={output}", *arguments) == 2
        assert "`image` is expected for" in capsys.readouterr().err
    assert not output.exists()


def test_the_dataset_goes_with_its_kind(run, photo, capsys):
    for arguments in (
        ["--dataset=koniq10k", f"--image={photo}"],
        ["--kind=attributes"],
    ):
        assert run(f"--output={photo.with_name('sheet.png')}", *arguments) == 2
        assert "`dataset` is expected for" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["distortions", "synthetic", "views", "chunk"])
def test_seeds_below_zero_are_wrong_usage(run, tmp_path, kind):
    with pytest.raises(flags.IllegalFlagValueError, match="--seed=-1"):
        run(f"--kind={kind}", f"--output={tmp_path / 'sheet.png'}", "--seed=-1")
