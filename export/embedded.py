"""Embeds metadata in a `.tflite` file, where tools for such files look for it.

These tools read a flat buffer (file identifier M001), which the model calls
TFLITE_METADATA, and a zip archive of files after the model.

Reference: the schema `metadata_schema.fbs` of TensorFlow Lite's support library.
"""

import io
import json
import zipfile
from typing import Any

import flatbuffers
import numpy as np

NAME = "TFLITE_METADATA"
FILES = {"metadata": "metadata.json", "card": "README.md", "labels": "labels.txt"}

_IDENTIFIER, _PARSER = b"M001", "1.0.0"
# Values of enumerations and unions of the schema.
_FEATURES, _IMAGE, _RGB, _NORMALIZATION = 1, 2, 1, 1
_DESCRIPTION, _AXIS_LABELS = 1, 2


def embed(content: bytes, facts: dict[str, Any], card: str) -> bytes:
    """Returns the model with a description of its input and outputs.

    Args:
        content: The model, a flat buffer.
        facts: The result of `card.description`.
        card: The model card.
    """
    from ai_edge_litert import schema_py_generated as schema

    model: Any = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content, 0))
    outputs = [definition.name.decode() for definition in _outputs(model)]
    buffer, entry = schema.BufferT(), schema.MetadataT()
    metadata = _flat_buffer(facts, outputs, _ranges(model))
    buffer.data = np.frombuffer(metadata, np.uint8)
    entry.name, entry.buffer = NAME, len(model.buffers)
    model.buffers.append(buffer)
    model.metadata = [*(model.metadata or []), entry]
    builder = flatbuffers.Builder(len(content) + len(metadata) + 1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return _with_archive(
        bytes(builder.Output()),
        {
            FILES["metadata"]: json.dumps(facts, indent=2),
            FILES["card"]: card,
            FILES["labels"]: "quality\n",
        },
    )


def _outputs(model: Any) -> list[Any]:
    """Returns the outputs of the signature in the order of the main graph."""
    order = list(model.subgraphs[0].outputs)
    named = model.signatureDefs[0].outputs
    return sorted(named, key=lambda output: order.index(output.tensorIndex))


def _ranges(model: Any) -> tuple[float, float]:
    """Returns the smallest and the largest pixel value."""
    tensor = model.subgraphs[0].tensors[model.subgraphs[0].inputs[0]]
    floats = tensor.quantization is None or tensor.quantization.scale is None
    return (0.0, 1.0) if floats else (0.0, 255.0)


def _with_archive(content: bytes, files: dict[str, str]) -> bytes:
    file = io.BytesIO()
    file.write(content)
    # Offsets in the archive count from the start of the model.
    with zipfile.ZipFile(file, "a", zipfile.ZIP_STORED) as archive:
        for name, text in files.items():
            # Without a date, so that a model always gives the same bytes.
            archive.writestr(zipfile.ZipInfo(name), text)
    return file.getvalue()


def _texts(facts: dict[str, Any]) -> dict[str, str]:
    """Returns the title, the description, and those of the inputs and the outputs."""
    if facts.get("kind") == "encoder":
        return {
            "title": facts["name"],
            "about": "Features of image quality.",
            "input": f"{facts['input']}.",
            "features": f"{facts['features']} features",
        }
    return {
        "title": f"{facts['method']}, trained on {facts['dataset']}",
        "about": "Image quality assessment. Higher is better.",
        "input": f"{facts['input']}. Flat images: {facts['flat']}.",
        "mos": f"{facts['unit']}; {facts['direction']}",
        "score": facts["score"],
    }


def _flat_buffer(facts, outputs: list[str], image_range) -> bytes:
    texts = _texts(facts)
    ranges = {"mos": sorted(facts.get("range", ())), "score": (0.0, 100.0)}
    write = _Writer()
    images = [
        write.table(
            (0, write.text(name)),
            (1, write.text(texts["input"])),
            (3, write.content(_IMAGE, write.table((0, _RGB, "Int8")))),
            (4, write.tables(write.normalization(0.0, 255.0))),
            (5, write.stats(*image_range)),
        )
        for name in facts.get("inputs", ("images",))
    ]
    labels = write.file(FILES["labels"], "Meaning of the output value.", _AXIS_LABELS)
    results = [
        write.table(
            (0, write.text(name)),
            (1, write.text(texts[name])),
            (3, write.content(_FEATURES, write.table())),
            *([(5, write.stats(*ranges[name]))] if name in ranges else []),
            (6, write.tables(labels)),
        )
        for name in outputs
    ]
    graph = write.table((2, write.tables(*images)), (3, write.tables(*results)))
    files = [
        write.file(
            FILES["metadata"], "Everything known about the model.", _DESCRIPTION
        ),
        write.file(FILES["card"], "The model card.", _DESCRIPTION),
    ]
    root = write.table(
        (0, write.text(texts["title"])),
        (1, write.text(texts["about"])),
        (2, write.text(str(facts["version"]))),
        (3, write.tables(graph)),
        (4, write.text(facts["exported_by"])),
        (5, write.text("Code: Apache-2.0. Weights: see the model card.")),
        (6, write.tables(*files)),
        (7, write.text(_PARSER)),
    )
    write.builder.Finish(root, _IDENTIFIER)
    return bytes(write.builder.Output())


class _Writer:
    """Writes the tables of the schema; fields are numbered as in the schema."""

    def __init__(self):
        self.builder = flatbuffers.Builder(1024)

    def table(self, *fields: tuple) -> int:
        """Returns a table of fields `(index, offset)` or `(index, number, type)`."""
        self.builder.StartObject(max((index for index, *_ in fields), default=-1) + 1)
        for index, value, *kind in fields:
            if kind:
                getattr(self.builder, f"Prepend{kind[0]}Slot")(index, value, 0)
            else:
                self.builder.PrependUOffsetTRelativeSlot(index, value, 0)
        return self.builder.EndObject()

    def text(self, text: str) -> int:
        return self.builder.CreateString(text)

    def tables(self, *tables: int) -> int:
        self.builder.StartVector(4, len(tables), 4)
        for table in reversed(tables):
            self.builder.PrependUOffsetTRelative(table)
        return self.builder.EndVector()

    def floats(self, *numbers: float) -> int:
        return self.builder.CreateNumpyVector(np.array(numbers, "float32"))

    def stats(self, lowest: float, highest: float) -> int:
        return self.table((0, self.floats(highest)), (1, self.floats(lowest)))

    def content(self, kind: int, properties: int) -> int:
        return self.table((0, kind, "Uint8"), (1, properties))

    def normalization(self, mean: float, deviation: float) -> int:
        options = self.table((0, self.floats(mean)), (1, self.floats(deviation)))
        return self.table((0, _NORMALIZATION, "Uint8"), (1, options))

    def file(self, name: str, description: str, kind: int) -> int:
        texts = self.text(name), self.text(description)
        return self.table((0, texts[0]), (1, texts[1]), (2, kind, "Int8"))
