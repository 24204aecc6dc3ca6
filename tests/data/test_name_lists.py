"""Lists of images by name."""

import pytest

from tfiqa.data.name_lists import positions
from tfiqa.data.name_lists import read_names


@pytest.mark.parametrize(
    "text",
    [
        ",im_loc\n0,a.jpg\n1,b.jpg\n",
        "name,mos\na.jpg,3\nb.jpg,4\n",
        "a.jpg\nb.jpg\n",
        "\na.jpg\n\nb.jpg",
    ],
)
def test_a_list_has_a_column_or_a_name_a_line(tmp_path, text):
    path = tmp_path / "list.csv"
    path.write_text(text)
    assert read_names(path) == ["a.jpg", "b.jpg"]


@pytest.mark.parametrize("text", ["", "image_id\n", "x,y\n1,2\n"])
def test_what_is_no_list_is_named(tmp_path, text):
    path = tmp_path / "list.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"expected.*list\.csv"):
        read_names(path)
    with pytest.raises(ValueError, match=r"expected.*none\.csv"):
        read_names(tmp_path / "none.csv")


def test_names_match_exactly_or_without_folder_and_suffix():
    ids = ["x/1.jpg", "y/1.jpg", "2.jpg", "3.png"]
    found, missing = positions(["3", "z/2.jpg", "y/1.jpg", "1", "4"], ids)
    assert found.tolist() == [1, 2, 3]
    assert missing == 2  # "1" could be two of them.
