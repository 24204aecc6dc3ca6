"""Tests of the sheets."""

import io

import numpy as np
import pytest
from absl import flags
from absl.testing import flagsaver
from PIL import Image

from tests.support.toy_scorer import picture
from tfiqa import sheet
from tfiqa.methods import reiqa
from tfiqa.training import unlabeled


def test_distortions_of_a_group():
    encoded = sheet.draw_distortions(
        picture(3, 64, 64), groups=("brightness",), seed=0, title="a picture"
    )
    with Image.open(io.BytesIO(encoded)) as drawn:
        assert drawn.format == "PNG"
        assert np.asarray(drawn.convert("L")).std() > 10


@pytest.mark.slow
def test_all_generators_at_two_sizes():
    with Image.open(io.BytesIO(sheet.draw_synthetic(seed=0))) as drawn:
        assert drawn.height > drawn.width  # Eight rows of six.


def test_the_middle_of_a_picture():
    pixels = picture(0, 100, 60)
    np.testing.assert_array_equal(sheet.middle(pixels, 50), pixels[25:75, 5:55])
    np.testing.assert_array_equal(sheet.middle(pixels, 200), pixels)


@pytest.mark.parametrize("authentic", [None, "stream:cel/64/8"])
def test_views_of_both_scales(authentic):
    images = unlabeled.open_images("stream:dead_leaves/64/8")
    others = authentic and unlabeled.open_images(authentic)
    with Image.open(io.BytesIO(sheet.draw_views(images, others, seed=0))) as drawn:
        assert drawn.width > 3 * drawn.height  # Two rows of eight.
        assert np.asarray(drawn.convert("L")).std() > 10


@pytest.mark.parametrize("scales", [1, 2])
def test_a_chunk_of_a_picture(scales):
    images = unlabeled.open_images("stream:dead_leaves/96/1")
    config = reiqa.Config(expert="quality", patch_size=32, n_aug=3, scales=scales)
    with Image.open(io.BytesIO(sheet.draw_chunk(images, config, seed=0))) as drawn:
        # Two rows of four pictures at each scale.
        assert 1.5 < drawn.width / drawn.height * scales < 2.5
        assert np.asarray(drawn.convert("L")).std() > 10


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
    Image.fromarray(picture(3, 64, 64)).save(path)
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
        ("broken.png", b"no picture", "broken.png: A picture is expected"),
        ("small.png", (47, 64), "at least 48"),
    ],
)
def test_command_tells_what_it_cannot_draw(
    run, tmp_path, capsys, name, content, message
):
    path = tmp_path / name
    if isinstance(content, tuple):
        Image.fromarray(picture(3, *content)).save(path)
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


@pytest.mark.parametrize("kind", ["distortions", "synthetic", "views", "chunk"])
def test_seeds_below_zero_are_wrong_usage(run, tmp_path, kind):
    with pytest.raises(flags.IllegalFlagValueError, match="--seed=-1"):
        run(f"--kind={kind}", f"--output={tmp_path / 'sheet.png'}", "--seed=-1")
