"""Tests of the D-, L- and P-test and of gMAD on a folder."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tfiqa.evaluation import material
from tfiqa.evaluation import several
from tfiqa.protocols import waterloo_material


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pristine")
    for name in ("a.png", "b.png"):
        coarse = np.random.default_rng(ord(name[0])).integers(0, 256, (12, 14, 3))
        picture = Image.fromarray(coarse.astype("uint8"))
        picture.resize((200, 184), Image.Resampling.BICUBIC).save(folder / name)
    Image.new("RGB", (200, 100)).save(folder / "c.png")
    (folder / "d.png").write_bytes(b"no picture")
    return folder


def test_both_protocols_count_what_is_unusable_and_resume(
    folder, flags_given, scorer_files, monkeypatch, capsys
):
    flags_given.model.append(str(scorer_files / "second.keras"))
    flags_given.dataset, flags_given.pristine = [], str(folder)
    flags_given.protocol = ["waterloo", "gmad"]
    assert several.main(flags_given) == 0
    told = capsys.readouterr().out
    assert "2 pristine" in told
    assert "2 pictures" in told
    assert "second attacks first" in told

    # Nothing is computed again, and a torn line does no harm.
    material._known.cache_clear()
    kept = next(Path(flags_given.output).rglob("MS-SSIM/waterloo-0.jsonl"))
    with open(kept, "a") as file:
        file.write('{"picture": "a.p')
    monkeypatch.setattr(waterloo_material, "measured", None)
    assert several.main(flags_given) == 0
    assert capsys.readouterr().out == told


def test_rows_of_the_pool_are_shown_as_they_were_measured(folder):
    pool = material.opened(folder, cache=None)
    shown, name = pool.show([0, 1], 1)
    assert name == "b, pristine"
    pristine = np.asarray(Image.open(folder / "b.png"))
    np.testing.assert_array_equal(shown, pristine)
    # After two pristine ones come 4 types by 5 levels of the first picture.
    shown, name = pool.show([0, 1], 2 + 20 + 5 + 2)
    kind = waterloo_material.DISTORTIONS[1]
    assert name == f"b, {kind} 3"
    expected = waterloo_material.distorted(pristine, kind, 3)
    np.testing.assert_array_equal(shown, expected)


def test_no_usable_picture(tmp_path):
    Image.new("RGB", (20, 10)).save(tmp_path / "c.png")
    with pytest.raises(ValueError, match="none usable"):
        material.measured([], material.opened(tmp_path, cache=None))
