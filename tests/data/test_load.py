"""What `load` yields, against the files it came from."""

import hashlib

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds

from tfiqa.data import prepared
from tfiqa.data import records
from tfiqa.data import splits
from tfiqa.data.load import load
from tfiqa.data.load import load_images


@pytest.fixture(scope="module")
def make(tmp_path_factory, write_mos_folder):
    """Returns a function from rows to the folder and the `data_dir` made of them."""

    def prepare(rows, **options):
        folder = write_mos_folder(tmp_path_factory.mktemp("source"), rows, **options)
        data_dir = tmp_path_factory.mktemp("prepared")
        prepared.prepare_dataset("mos_folder", data_dir=data_dir, manual_dir=folder)
        return folder, data_dir

    return prepare


@pytest.fixture(scope="module")
def scenes(make, scored_rows):
    return make(scored_rows(10))


def rows_of(source):
    return list(source.examples.as_numpy_iterator())


def test_divides_by_reference(scenes, scored_rows):
    parts = load("mos_folder", data_dir=scenes[1], split_seed=7)
    rows = scored_rows(10)
    expected = splits.three_way([row["reference"] for row in rows], seed=7)
    for source, part in zip(
        (parts.train, parts.validation, parts.test), expected, strict=True
    ):
        assert source.image_ids == tuple(rows[number]["image"] for number in part)
        assert source.count == len(part) == len(source.examples)
        scores = [float(rows[number]["mos"]) for number in part]
        np.testing.assert_array_equal(source.mos, np.float32(scores))
    assert [parts.train.count, parts.validation.count, parts.test.count] == [21, 3, 6]


def test_random_divisions_ignore_official_parts(make, scored_rows):
    rows = scored_rows(10)
    for number, row in enumerate(rows):
        row["split"] = "train" if number < 24 else "test"
    _, data_dir = make(rows)
    official = [
        load("mos_folder", data_dir=data_dir, split_seed=seed).test.image_ids
        for seed in (0, 1)
    ]
    assert official[0] == official[1] == tuple(row["image"] for row in rows[24:])
    references = [row["reference"] for row in rows]
    for seed in (0, 1):
        parts = load(
            "mos_folder", data_dir=data_dir, split_seed=seed, divisions="random"
        )
        _, _, test = splits.three_way(references, seed=seed)
        assert set(parts.test.image_ids) == {rows[number]["image"] for number in test}
        assert set(parts.test.image_ids) != set(official[0])
    assert parts.train.total == 30


def test_seeds_draw_other_parts(scenes):
    drawn = {
        load("mos_folder", data_dir=scenes[1], split_seed=seed).test.image_ids
        for seed in (0, 0, 1)
    }
    assert len(drawn) == 2


def test_examples_hold_the_published_bytes_in_order(scenes):
    folder, data_dir = scenes
    source = load("mos_folder", data_dir=data_dir).train
    rows = rows_of(source)
    assert tuple(row["image_id"].decode() for row in rows) == source.image_ids
    np.testing.assert_array_equal([row["mos"] for row in rows], source.mos)
    for row in rows:
        path = folder / "images" / row["image_id"].decode()
        assert row["image"] == path.read_bytes()
    sizes = [path.stat().st_size for path in (folder / "images").iterdir()]
    assert np.mean(sizes) < source.mean_bytes < np.mean(sizes) + 300


def test_examples_are_the_same_in_every_pass(scenes):
    examples = load("mos_folder", data_dir=scenes[1]).train.examples
    one, other = (
        [row["image_id"] for row in examples.as_numpy_iterator()] for _ in range(2)
    )
    assert one == other


def test_unknown_keys_are_left_out(scenes):
    keys = {"image", "image_id", "mos", "reference_id", "level"}
    source = load("mos_folder", data_dir=scenes[1]).train
    assert set(source.examples.element_spec) == keys
    assert source.examples.element_spec["image"] == tf.TensorSpec((), tf.string)
    assert source.examples.element_spec["mos"] == tf.TensorSpec((), tf.float32)


def test_says_what_the_scores_are(scenes):
    source = load("mos_folder", data_dir=scenes[1]).train
    assert source.name == "mos_folder"
    assert source.mos_range == (0.0, 3.25)  # as observed


def test_the_fingerprint_is_that_of_the_source(scenes):
    folder, data_dir = scenes
    expected = prepared.fingerprint.of_folder("mos_folder/1.0.0", folder).sha256
    assert load("mos_folder", data_dir=data_dir).fingerprint == expected


def test_parts_are_chosen_by_id_whatever_the_order():
    # Workers that share out the files see other row numbers.
    ids = np.array([f"{number}.png" for number in range(9)])
    wanted = np.arange(9) % 3 == 1
    backwards = tf.data.Dataset.from_tensor_slices({"image_id": ids[::-1]})
    chosen = records._chosen(backwards, ids, wanted).as_numpy_iterator()
    assert [row["image_id"].decode() for row in chosen] == ["7.png", "4.png", "1.png"]


def test_turns_dmos_around_once(make):
    rows = [{"image": f"{k}.png", "mos": f"{k * 10}"} for k in range(10)]
    metadata = {"higher_is_better": False, "range": [0, 100], "unit": "DMOS"}
    _, data_dir = make(rows, metadata=metadata)
    parts = load("mos_folder", data_dir=data_dir)
    for source in (parts.train, parts.validation, parts.test):
        expected = [100 - 10 * int(name[0]) for name in source.image_ids]
        np.testing.assert_array_equal(source.mos, np.float32(expected))
        np.testing.assert_array_equal([row["mos"] for row in rows_of(source)], expected)
        assert source.mos_range == (0.0, 100.0)
        assert source.unit == "turned DMOS"


@pytest.mark.parametrize("validation", [0, 4])
def test_keeps_official_parts(make, validation):
    names = ["train"] * (20 - validation) + ["validation"] * validation + ["test"] * 6
    rows = [
        {"image": f"{k}.png", "mos": str(k), "split": part}
        for k, part in enumerate(names)
    ]
    _, data_dir = make(rows)
    one, other = (
        load("mos_folder", data_dir=data_dir, split_seed=seed) for seed in (0, 1)
    )
    official = tuple(f"{k}.png" for k in range(20, 26))
    assert one.test.image_ids == other.test.image_ids == official
    learned = {*one.train.image_ids, *one.validation.image_ids}
    assert learned == {f"{k}.png" for k in range(20)}
    assert one.validation.count == (validation or round(20 / 8))
    assert (one.validation.image_ids == other.validation.image_ids) == bool(validation)
    assert rows_of(one.test)[0]["image_id"] == b"20.png"


def test_keeps_known_standard_deviations(make):
    rows = [
        {"image": f"{k}.png", "mos": str(k), "mos_std": "" if k else "0.5"}
        for k in range(3)
    ]
    _, data_dir = make(rows)
    parts = load("mos_folder", data_dir=data_dir)
    seen = {
        row["image_id"]: row["mos_std"]
        for source in (parts.train, parts.validation, parts.test)
        for row in rows_of(source)
    }
    assert seen[b"0.png"] == 0.5
    assert np.isnan([seen[b"1.png"], seen[b"2.png"]]).all()


def test_two_pictures_are_too_few(make):
    rows = [{"image": f"{k}.png", "mos": str(k)} for k in range(2)]
    _, data_dir = make(rows)
    with pytest.raises(ValueError, match=r"mos_folder cannot be divided\. At least 3"):
        load("mos_folder", data_dir=data_dir)


def test_what_is_not_prepared_names_the_command(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"python -m tfiqa\.prepare biq2021"):
        load("biq2021", data_dir=tmp_path)


def foreign(data_dir, rows, **keys):
    """Writes a dataset that TFDS opens by its name, without any code."""
    features = tfds.features.FeaturesDict(
        {
            "image": tfds.features.Image(shape=(None, None, 3)),
            "image_id": tfds.features.Text(),
            **keys,
        }
    )

    class Foreign(tfds.core.GeneratorBasedBuilder, skip_registration=True):
        name = "foreign"
        VERSION = tfds.core.Version("1.0.0")

        def _info(self):
            return tfds.core.DatasetInfo(builder=self, features=features)

        def _split_generators(self, dl_manager):
            return {"train": enumerate(rows)}

        def _generate_examples(self):
            raise NotImplementedError

    Foreign(data_dir=data_dir).download_and_prepare()


def example(number, **values):
    pixels = np.full((4, 4, 3), number, np.uint8)
    return {"image": pixels, "image_id": f"{number}", **values}


def test_loads_any_dataset_with_the_same_keys(tmp_path):
    rows = [example(number, mos=float(number)) for number in range(10)]
    foreign(tmp_path, rows, mos=tfds.features.Scalar(np.float32))
    parts = load("foreign", data_dir=tmp_path)
    assert [parts.train.count, parts.validation.count, parts.test.count] == [7, 1, 2]
    assert parts.train.mos_range is None
    assert len(parts.fingerprint) == len(hashlib.sha256().hexdigest())
    for row in rows_of(parts.train):
        pixels = tf.io.decode_image(row["image"]).numpy()
        assert pixels.min() == pixels.max() == int(row["mos"])


def test_refuses_pictures_without_scores(tmp_path):
    foreign(tmp_path, [example(number) for number in range(3)])
    with pytest.raises(ValueError, match=r"key 'mos'.*\['image', 'image_id'\]"):
        load("foreign", data_dir=tmp_path)


@pytest.mark.parametrize(
    ("scores", "match"),
    [
        ([1, np.nan, np.nan, 2], r"A number as `mos`.*none for '1', '2'"),
        ([5, 5, 5, 5], "mos=5 for all 4 images"),
    ],
)
def test_refuses_scores_that_teach_nothing(tmp_path, scores, match):
    rows = [example(number, mos=float(score)) for number, score in enumerate(scores)]
    foreign(tmp_path, rows, mos=tfds.features.Scalar(np.float32))
    with pytest.raises(ValueError, match=match):
        load("foreign", data_dir=tmp_path)


def test_refuses_ids_that_are_there_twice(tmp_path):
    rows = [
        {**example(number, mos=float(number)), "image_id": "a"} for number in (1, 2)
    ]
    foreign(tmp_path, rows, mos=tfds.features.Scalar(np.float32))
    with pytest.raises(ValueError, match=r"Unique values of `image_id`.*'a' more"):
        load("foreign", data_dir=tmp_path)


def test_load_images_gives_all_pictures_without_scores(scenes, scored_rows):
    source = load_images("mos_folder", data_dir=scenes[1])
    assert source.mos is source.mos_range is None
    assert source.image_ids == tuple(row["image"] for row in scored_rows(10))
    rows = rows_of(source)
    assert len(rows) == source.count == len(source.examples) == 30
    assert rows[0].keys() == {"image", "image_id", "reference_id", "level"}
    path = scenes[0] / "images" / source.image_ids[4]
    assert rows[4]["image"] == path.read_bytes()
    with pytest.raises(ValueError, match="Scored images"):
        source.description()


def test_load_images_gives_one_part(make, scored_rows):
    rows = scored_rows(4)
    for row in rows:
        row["split"] = "test" if row["reference"] == "scene 1" else "train"
    _, data_dir = make(rows)
    source = load_images("mos_folder", data_dir=data_dir, part="test")
    assert source.image_ids == ("01_0.png", "01_1.png", "01_2.png")
    assert [row["image_id"] for row in rows_of(source)] == [
        name.encode() for name in source.image_ids
    ]
    with pytest.raises(ValueError, match=r"\['train', 'test'\] .*part='unlabeled'"):
        load_images("mos_folder", data_dir=data_dir, part="unlabeled")


def test_load_images_names_the_command(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"tfiqa\.prepare waterloo"):
        load_images("waterloo", data_dir=tmp_path)
