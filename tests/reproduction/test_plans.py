"""Plans are commands that a shell could run."""

import shlex

import pytest

from tests.support import forked
from tfiqa.methods import METHODS
from tfiqa.reproduction import listing
from tfiqa.reproduction import plans
from tfiqa.reproduction.setting import Setting
from tfiqa.reproduction.setting import slug
from tfiqa.reproduction.targets import TARGETS
from tfiqa.training import flags as training_flags

ALL = list(plans.all_jobs())
DISTINCT = {job.plan: job for job in ALL}

# Parses printed lines as the real commands do, without running them.
PARSE = """
import importlib, shlex, sys
from absl import flags
from tfiqa.cli import command
from tfiqa.training import flags as training_flags

for line in open(sys.argv[1]):
    python, dash, module, *arguments = shlex.split(line)
    assert (python, dash) == ("python", "-m"), line
    command.forget_flags()
    module = importlib.import_module(module)
    module.define_flags()
    rest = command.parsed([line, *arguments])[1:]
    if module.__name__ == "tfiqa.evaluate":
        request = module.request_of(flags.FLAGS)
        for name in request.predictors.methods or ["x=hyperiqa"]:
            method = name.rpartition("=")[2]
            text = shlex.split(request.predictors.train_flags)
            training_flags.parse([f"--method={method}", *text])
    elif module.__name__ == "tfiqa.ablate":
        module.request_of(flags.FLAGS, rest)
    elif module.__name__ == "tfiqa.train":
        training_flags.request_of(flags.FLAGS)
    counts = {"tfiqa.prepare": 1, "tfiqa.convert": 1, "tfiqa.score": 1}
    if module.__name__ != "tfiqa.ablate":
        assert len(rest) == counts.get(module.__name__, 0), line
print("parsed")
"""


@pytest.mark.parametrize("scale", ["paper", "tiny"])
def test_every_printed_command_parses_by_the_flags_of_the_real_one(scale, tmp_path):
    setting = Setting("my files", "w", "out put", data="d d")
    setting = setting.tiny() if scale == "tiny" else setting
    lines = [
        line
        for line in listing.commands(list(TARGETS.values()), setting)
        if not line.startswith("#")
    ]
    assert len(lines) > 100
    (tmp_path / "lines.txt").write_text("\n".join([*lines, ""]))
    done = forked.run("-c", PARSE, tmp_path / "lines.txt")
    assert done.stdout == "parsed\n", done.stderr[-2000:]


@pytest.mark.parametrize("name", DISTINCT)
def test_commands_follow_what_makes_their_files(name):
    """A file below the output is made by an earlier command before it is read."""
    setting = Setting("files", "weights", "output")
    made = set()
    for step in plans.plan_of(DISTINCT[name], setting).steps:
        for argument in step.arguments:
            for value in shlex.split(argument.partition("=")[2] or argument):
                for path in value.rpartition("=")[2].split(","):
                    if path.startswith("output/made") and path.endswith(".keras"):
                        assert path in made or path == step.makes, (step.line, path)
        made.add(step.makes)
    assert not any(step.makes in ("", None) and not step.dataset for step in [step])


def test_databases_are_prepared_first_unless_they_are_stand_ins():
    job = next(job for job in ALL if job.name == "poster/table contrique koniq10k")
    commands = [step.command for step in plans.plan_of(job, Setting()).steps]
    assert commands == [*["prepare"] * 6, "train", "evaluate"]
    tiny = plans.plan_of(job, Setting().tiny())
    assert [step.command for step in tiny.steps] == ["train", "evaluate"]
    assert tiny.datasets == plans.plan_of(job, Setting()).datasets


def test_rows_that_differ_by_database_share_a_plan():
    table = TARGETS["hyperiqa/table-1"]
    names = {job.plan for job in plans.jobs(table)}
    assert names == {f"repeats {method}" for method in table.methods()}
    assert "repeats brisque" in {
        job.plan for job in plans.jobs(TARGETS["poster/table"])
    }


def test_a_fingerprint_changes_with_the_commands_of_its_plan_alone(monkeypatch):
    before = {name: plans.fingerprint(name) for name in DISTINCT}
    monkeypatch.setitem(plans.PROTOCOL_FLAGS, "waterloo", ("--levels=3",))
    after = {name: plans.fingerprint(name) for name in DISTINCT}
    changed = {name for name in DISTINCT if before[name] != after[name]}
    assert changed == {name for name in DISTINCT if name.startswith("waterloo ")}


def test_results_of_different_jobs_have_different_folders():
    folders = [job.folder(Setting()) for job in ALL]
    assert len(set(folders)) == len(ALL)
    assert slug("reiqa (quality), live") == "reiqa-quality-live"


def trainings(step):
    """Returns the flags of the trainings of a command."""
    if step.command == "train":
        return [list(step.arguments)]
    if step.command == "ablate":
        method, *rest = step.arguments
        return [[method, *rest[rest.index("--") + 1 :]]]
    values = dict(one[2:].partition("=")[::2] for one in step.arguments)
    flags = shlex.split(values.get("train_flags", ""))
    methods = [
        one.rpartition("=")[2]
        for one in step.arguments
        if one.startswith("--method=") and step.command == "evaluate"
    ]
    if values.get("protocol") in plans.WHOLE:
        methods = [plans.WHOLE[values["protocol"]]]
    return [[f"--method={method}", "--dataset=x", *flags] for method in methods]


@pytest.mark.parametrize(
    "setting", [Setting(), Setting().tiny()], ids=["paper", "tiny"]
)
@pytest.mark.parametrize("name", DISTINCT)
def test_every_training_has_a_config_that_its_method_allows(name, setting):
    for step in plans.plan_of(DISTINCT[name], setting).steps:
        for arguments in trainings(step):
            request = training_flags.parse(arguments)
            method = METHODS[request.method]
            assert method.configured(request.chosen_recipe, request.fields)
            if request.images or request.authentic_images:
                assert method.images_for(request.chosen_recipe) is not None
            if request.encoder and not method.needs_images:
                assert request.images is None
