"""What users, scripts and saved files rely on, read from the package as it is.

    PYTHONPATH=. python tests/support/interface.py tests/golden/interface.json

was done at the commit 2194128; see `tests/golden/README.md`. The
imports of the package below are all that moves with it.
"""

import ast
import dataclasses
import hashlib
import importlib
import json
import sys
from pathlib import Path
from typing import Any

import keras
from absl import flags

from tfiqa.backbones import BACKBONES
from tfiqa.backbones import build_backbone
from tfiqa.distortions import DISTORTIONS
from tfiqa.distortions import REIQA_RELEASED
from tfiqa.distortions import WATERLOO
from tfiqa.methods import METHODS

ROOT = Path(__file__).parents[2]

COMMANDS = (
    *("ablate", "calibrate", "convert", "evaluate", "features", "prepare"),
    *("representations", "score", "sheet", "train", "synthetic.generate"),
    *("export.onnx", "export.saved_model", "export.tflite"),
)
BANKS = {"kadid": DISTORTIONS, "released": REIQA_RELEASED, "waterloo": WATERLOO}

# What a method says of the pictures it wants, besides its `Config`; by the names that
# these had when they were frozen.
ATTRIBUTES = {
    "IMAGES": "images",
    "AUTHENTIC_IMAGES": "authentic_images",
    "ENCODERS": "encoders",
    "NEEDS_IMAGES": "needs_images",
    "IMAGES_SUFFICE": "images_suffice",
}


def interface() -> dict[str, Any]:
    """Returns everything that is frozen but what needs a command to run."""
    result = {
        "registered": registered_names(),
        "flags": {name: flags_of(name) for name in COMMANDS},
        "methods": {name: method_facts(METHODS[name]) for name in sorted(METHODS)},
        "backbones": {name: weights_of(name) for name in BACKBONES},
        "banks": {name: bank_rows(bank) for name, bank in BANKS.items()},
        "datasets": sorted(path.parent.name for path in _builders()),
    }
    return json.loads(json.dumps(result))


def _builders() -> list[Path]:
    result = [*ROOT.glob("datasets/*/*_dataset_builder.py")]
    return result or [*ROOT.glob("tfiqa/datasets/*/*_dataset_builder.py")]


def registered_names() -> list[str]:
    """Returns the names under which saved files know the classes of the package."""
    names = set()
    for path in (ROOT / "tfiqa").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef | ast.FunctionDef):
                names |= {_registered(node, one) for one in node.decorator_list}
    return sorted(names - {None})


def _registered(node: Any, decorator: ast.expr) -> str | None:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    if not ast.unparse(called).endswith("register_keras_serializable"):
        return None
    given = {"package": "Custom", "name": node.name}
    if isinstance(decorator, ast.Call):
        values = dict(zip(given, decorator.args, strict=False))
        values |= {key.arg: key.value for key in decorator.keywords}
        given |= {key: ast.literal_eval(value) for key, value in values.items()}
    return f"{given['package']}>{given['name']}"


def flags_of(command: str) -> dict[str, dict[str, Any]]:
    """Returns the flags of a command, which are removed again."""
    module = importlib.import_module(f"tfiqa.{command}")
    define = getattr(module, "define_flags", None) or module.cli.define_flags
    before = set(flags.FLAGS)
    define()
    new = sorted(set(flags.FLAGS) - before)
    try:
        return {name: _facts(flags.FLAGS[name]) for name in new}
    finally:
        for name in new:
            delattr(flags.FLAGS, name)


def _facts(flag: flags.Flag) -> dict[str, Any]:
    parser = flag.parser
    return {
        "type": flag.flag_type(),
        "default": flag.default,
        "required": any("other than None" in one.message for one in flag.validators),
        "values": sorted(getattr(parser, "enum_values", [])),
        "least": getattr(parser, "lower_bound", None),
        "most": getattr(parser, "upper_bound", None),
    }


def method_facts(method: Any) -> dict[str, Any]:
    """Returns every `Config` of a method by recipe, and which pictures it wants."""
    return {
        "recipes": {
            recipe: dataclasses.asdict(method.configured(recipe))
            for recipe in method.recipes
        },
        **{old: _old_value(getattr(method, new)) for old, new in ATTRIBUTES.items()},
    }


def _old_value(value: Any) -> Any:
    """Returns `None` where a method had no such attribute when it was frozen."""
    return None if value in ((), False) else value


def weights_of(backbone: str) -> dict[str, Any]:
    """Returns how many variables a backbone has, and a digest of paths and shapes."""
    keras.backend.clear_session()  # Numbers in the names of layers begin anew.
    model = build_backbone(backbone, None)
    rows = [f"{v.path} {tuple(v.shape)} {v.dtype}" for v in model.variables]
    digest = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return {
        "variables": len(rows),
        "digest": digest,
        "stages": [stage.shape[-1] for stage in model.outputs],
    }


def bank_rows(bank: Any) -> dict[str, dict[str, Any]]:
    """Returns the types of a bank, without their functions."""
    rows = {}
    for name, row in bank.items():
        facts = {field.name: getattr(row, field.name) for field in _fields(row)}
        rows[name] = {k: v for k, v in facts.items() if not callable(v)}
    return rows


def _fields(row: Any) -> tuple[dataclasses.Field, ...]:
    return dataclasses.fields(row) if dataclasses.is_dataclass(row) else ()


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(
        f"{json.dumps(interface(), indent=1, sort_keys=True)}\n"
    )
