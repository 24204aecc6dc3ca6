"""Lists of paths in every form that systems write."""

import io
import os

import pytest

from tfiqa.files.path_lists import paths_in

NAMES = ["a.png", "one two.png", "日本.png"]


@pytest.mark.parametrize(
    "text",
    [
        "a.png\none two.png\n日本.png",
        "a.png\r\none two.png\r\n\r\n日本.png\r\n",
        "a.png\0one two.png\0日本.png\0",
        "a.png\0one two.png\0日本.png",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_all_forms_give_the_same_paths(text, encoding):
    stream = io.BytesIO(text.encode(encoding))
    assert list(paths_in(stream)) == NAMES


def test_paths_that_end_in_nul_may_contain_line_breaks():
    stream = io.BytesIO(b"a\nb.png\0c\r.png\0")
    assert list(paths_in(stream)) == ["a\nb.png", "c\r.png"]


def test_a_carriage_return_before_the_end_of_a_line_alone_is_left_out():
    assert list(paths_in(io.BytesIO(b"a\rb\r\r\n"))) == ["a\rb\r"]


def test_paths_need_not_be_text():
    (path,) = paths_in(io.BytesIO(b"no\xfftext.png\n"))
    assert os.fsencode(path) == b"no\xfftext.png"


class Trickling(io.RawIOBase):
    """Gives one byte at a time, as a slow pipe does."""

    def __init__(self, content):
        self.content = io.BytesIO(content)

    def read(self, size=-1):
        return self.content.read(1)


@pytest.mark.parametrize("content", [b"a.png\r\nb.png\r\n", b"a.png\0b.png\0"])
def test_blocks_may_end_anywhere(content):
    assert list(paths_in(Trickling(content))) == ["a.png", "b.png"]


def test_an_empty_list_has_no_paths():
    assert list(paths_in(io.BytesIO(b""))) == []
