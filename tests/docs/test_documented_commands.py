"""Every command line of the pages is one that its command understands.

A block is parsed as the command would parse it, with required flags and choices. Of
commands within sentences, which may be incomplete, the flags must exist.
"""

import contextlib
import importlib
import re
import shlex
import tomllib

import pytest
from absl import flags

from tests.support.fresh import ROOT
from tfiqa.cli import offline
from tfiqa.cli.console import commands

PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").glob("*.md"),
        ROOT / "benchmarks" / "README.md",
        *(ROOT / "datasets").glob("*/README.md"),
        *(ROOT / "tfiqa" / "scoring" / "presets").glob("*.md"),
    ]
)
BLOCK = re.compile(r"^ *```(?:bash|sh|console)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
PROGRAM = re.compile(r"^```(?:python|text)\n.*?^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`((?:python -m tfiqa\.|tfiqa )[^`\n]+)`")
SCRIPT = re.compile(r"\bpython ((?:docs|benchmarks|examples)/\w+\.py)")
EXTRA = re.compile(r"(?:tfiqa|\.)\[([\w,]+)\]")


def words_of(text):
    """Yields the words of every command of this package in a shell's text."""
    for line in text.replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars="|;&")
        lexer.whitespace_split = True
        one = []
        for word in [*lexer, ";"]:
            if set(word) <= set("|;&"):
                if words := called(one):
                    yield words
                one = []
            else:
                one.append(word)


def called(words):
    """Returns the name and the arguments of a command of this package, or None."""
    for number, word in enumerate(words):
        if word == "-m" and words[number + 1].startswith("tfiqa."):
            name = words[number + 1].removeprefix("tfiqa.")
            return [name, *words[number + 2 :]]
    if words[:1] == ["tfiqa"]:
        return words[1:]
    return None


BLOCKS = [
    pytest.param(words, id=f"{page.relative_to(ROOT)}-{' '.join(words)[:60]}")
    for page in PAGES
    for block in BLOCK.findall(page.read_text("utf-8"))
    for words in words_of(block)
]
SENTENCES = [
    pytest.param(words, id=f"{page.relative_to(ROOT)}-{' '.join(words)[:60]}")
    for page in PAGES
    for span in INLINE.findall(BLOCK.sub("", page.read_text("utf-8")))
    for words in words_of(span)
]


@contextlib.contextmanager
def flags_of(name):
    """Defines the flags of a command in a registry of their own."""
    before = set(flags.FLAGS)
    module = importlib.import_module(f"tfiqa.{name}")
    module.define_flags()
    offline.define_flag()
    new = set(flags.FLAGS) - before
    parsed = flags.FLAGS.is_parsed()
    try:
        yield flags.FLAGS
    finally:
        for one in new:
            delattr(flags.FLAGS, one)
        if not parsed:
            flags.FLAGS.unparse_flags()


def test_commands_are_found():
    assert len(BLOCKS) > 60
    assert len(SENTENCES) > 30
    assert called(["python", "-m", "tfiqa.score", "a", "--top", "3"])[0] == "score"
    assert list(words_of("cd x && tfiqa score 'a b' | wc # tfiqa no")) == [
        ["score", "a b"]
    ]


@pytest.mark.parametrize("words", BLOCKS)
def test_a_block_is_parsed_by_its_command(words):
    with flags_of(words[0]) as defined:
        defined(words)
        for name in defined:
            repeated = isinstance(defined[name], flags.MultiFlag)
            assert defined[name].present < 2 or repeated, name


@pytest.mark.parametrize("words", SENTENCES)
def test_a_sentence_names_flags_that_exist(words):
    name, *arguments = words
    given = {one[2:].partition("=")[0] for one in arguments if re.match(r"--\w", one)}
    with flags_of(name) as defined:
        for one in given - {"help"}:
            assert one in defined or one.removeprefix("no") in defined, one


@pytest.mark.parametrize("words", ["--no_such_flag", "--runtime=none", "--top=many"])
def test_wrong_lines_would_be_seen(words):
    with flags_of("score") as defined, pytest.raises(flags.Error):
        defined(["score", "a.png", words])


def test_named_commands_scripts_and_extras_exist():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    known = {*commands(), "beam.score", "beam.features", "synthetic.generate"}
    for page in PAGES:
        text = PROGRAM.sub("", page.read_text("utf-8"))
        for name in re.findall(r"python -m tfiqa\.([\w.]+\w)", text):
            assert name in known, f"{page.name}: {name}"
        for script in SCRIPT.findall(text):
            assert (ROOT / script).is_file(), f"{page.name}: {script}"
        for names in EXTRA.findall(text):
            assert set(names.split(",")) <= set(extras["optional-dependencies"]), names
