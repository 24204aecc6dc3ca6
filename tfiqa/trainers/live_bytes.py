"""How many bytes a program holds at once, by the order of its operations."""

import dataclasses
from collections.abc import Hashable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence


@dataclasses.dataclass(frozen=True)
class Operation:
    """One operation of a program.

    Attributes:
        inputs: Names of the tensors that it reads.
        outputs: Bytes of each tensor that it writes, by name.
        view: Whether the outputs share the memory of the first input.
        in_place: Whether an output may take over the memory of an input of the same
            size that nothing reads later.
        inside: Bytes that it needs while it runs, besides inputs and outputs.
    """

    inputs: Sequence[Hashable]
    outputs: Mapping[Hashable, int]
    view: bool = False
    in_place: bool = False
    inside: int = 0


def peak(operations: Sequence[Operation], results: Iterable[Hashable] = ()) -> int:
    """Returns the largest number of bytes that are held at the same time.

    A tensor is held from the operation that writes it to the last one that reads it, or
    to the end if it is one of the `results`. Tensors that no operation writes belong to
    the caller and are not counted.

    >>> peak([Operation([], {"a": 4}), Operation(["a"], {"b": 4})])
    8
    """
    last = _last_reads(operations, results)
    held: dict[Hashable, int] = {}
    root: dict[Hashable, Hashable] = {}
    ends: list[list[Hashable]] = [[] for _ in operations]
    live = highest = 0
    for step, operation in enumerate(operations):
        read = [root.get(name, name) for name in operation.inputs]
        for name, size in operation.outputs.items():
            root[name] = name
            if operation.view and read and read[0] in held:
                root[name], size = read[0], 0
            elif operation.in_place:
                for other in read:
                    if last.get(other) == step and held.get(other) == size > 0:
                        held[other] = 0
                        live -= size
                        break
            held[name] = size
            live += size
            end = last.get(name, step)
            if end < len(operations):
                ends[end].append(name)
        highest = max(highest, live + operation.inside)
        for name in ends[step]:
            live -= held[name]
            held[name] = 0
    return highest


def _last_reads(
    operations: Sequence[Operation], results: Iterable[Hashable]
) -> dict[Hashable, int]:
    """Returns the number of the last operation that reads each tensor or a view."""
    last: dict[Hashable, int] = dict.fromkeys(results, len(operations))
    for step in reversed(range(len(operations))):
        operation = operations[step]
        for name in operation.inputs:
            last.setdefault(name, step)
        if operation.view and operation.inputs:
            first = operation.inputs[0]
            for name in operation.outputs:
                last[first] = max(last[first], last.get(name, step))
    return last
