"""TFRecord files of `tf.train.Example` without TensorFlow.

The message is declared here, by the field numbers of `example.proto` and
`feature.proto` of TensorFlow. A record is its length, the masked CRC-32C of the length,
its bytes, and their masked CRC-32C.
"""

import functools
import os
import struct
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from typing import IO
from typing import Any

import google_crc32c
from google.protobuf import descriptor_pb2
from google.protobuf import descriptor_pool
from google.protobuf import message_factory

_PACKAGE = "tfiqa.records"
_LISTS = {"bytes_list": "BytesList", "float_list": "FloatList", "int64_list": "IntList"}


def records(file: IO[bytes]) -> Iterator[bytes]:
    """Yields the records of a TFRecord file; their checksums are checked.

    Raises:
        ValueError: If the file is damaged or no TFRecord file.
    """
    while header := file.read(12):
        if len(header) < 12 or _masked(header[:8]) != header[8:]:
            raise ValueError("it is no TFRecord file, or is damaged")
        (length,) = struct.unpack("<Q", header[:8])
        record, checksum = file.read(length), file.read(4)
        if len(record) < length or _masked(record) != checksum:
            raise ValueError("a record is cut short or damaged")
        yield record


def write_record(file: Any, record: bytes) -> None:
    """Writes one record of a TFRecord file."""
    length = struct.pack("<Q", len(record))
    file.write(length + _masked(length) + record + _masked(record))


def _masked(content: bytes) -> bytes:
    """Returns the checksum of TFRecord, which is never that of its own content."""
    crc = google_crc32c.value(content)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def parsed(record: bytes) -> dict[str, list]:
    """Returns the values of the features of a serialized example, by name.

    Raises:
        ValueError: If it is no example.
    """
    message = _message()()
    try:
        message.ParseFromString(record)
    except Exception as error:  # `DecodeError` of the implementation in use.
        raise ValueError("a record is no tf.train.Example") from error
    return {
        name: list(getattr(feature, feature.WhichOneof("kind")).value)
        if feature.WhichOneof("kind")
        else []
        for name, feature in message.features.feature.items()
    }


def serialized(values: Mapping[str, Any]) -> bytes:
    """Returns an example; values are texts, integers, floats or iterables of floats.

    Missing values, `None`, become empty features.
    """
    message = _message()()
    for name, value in values.items():
        feature = message.features.feature[name]
        if isinstance(value, str):
            feature.bytes_list.value.append(os.fsencode(value))
        elif isinstance(value, int):
            feature.int64_list.value.append(value)
        elif isinstance(value, float):
            feature.float_list.value.append(value)
        elif isinstance(value, Iterable):
            feature.float_list.value.extend(value)
    return message.SerializeToString(deterministic=True)


@functools.cache
def _message() -> Any:
    file = descriptor_pb2.FileDescriptorProto(
        name="tfiqa/records.proto", package=_PACKAGE, syntax="proto3"
    )
    kinds = descriptor_pb2.FieldDescriptorProto
    for name, kind in (
        ("BytesList", kinds.TYPE_BYTES),
        ("FloatList", kinds.TYPE_FLOAT),
        ("IntList", kinds.TYPE_INT64),
    ):
        message = file.message_type.add(name=name)
        message.field.add(name="value", number=1, type=kind, label=kinds.LABEL_REPEATED)
    feature = file.message_type.add(name="Feature")
    feature.oneof_decl.add(name="kind")
    for number, (name, kind) in enumerate(_LISTS.items(), 1):
        _add_message(feature, name, number, kind, oneof_index=0)
    features = file.message_type.add(name="Features")
    entry = features.nested_type.add(name="FeatureEntry")
    entry.options.map_entry = True
    entry.field.add(
        name="key", number=1, type=kinds.TYPE_STRING, label=kinds.LABEL_OPTIONAL
    )
    _add_message(entry, "value", 2, "Feature")
    _add_message(
        features, "feature", 1, "Features.FeatureEntry", label=kinds.LABEL_REPEATED
    )
    _add_message(file.message_type.add(name="Example"), "features", 1, "Features")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    found = pool.FindMessageTypeByName(f"{_PACKAGE}.Example")
    return message_factory.GetMessageClass(found)


def _add_message(message: Any, name: str, number: int, kind: str, **options) -> None:
    kinds = descriptor_pb2.FieldDescriptorProto
    message.field.add(
        name=name,
        number=number,
        type=kinds.TYPE_MESSAGE,
        type_name=f".{_PACKAGE}.{kind}",
        **{"label": kinds.LABEL_OPTIONAL, **options},
    )
