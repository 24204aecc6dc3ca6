"""The operations of a TensorFlow graph, with the bytes that they write.

TensorFlow is passed in by its graphs; nothing here imports it.
"""

import collections
from typing import Any

from tfiqa.trainers.live_bytes import Operation
from tfiqa.trainers.live_bytes import peak

# Operations whose output is their first input, in another shape or as it is.
VIEWS = frozenset(
    (
        *("Identity", "IdentityN", "Reshape", "Squeeze", "ExpandDims", "StopGradient"),
        *("PreventGradient", "EnsureShape", "Snapshot", "CheckNumerics"),
    )
)

# Elementwise kernels, which write into an input that nothing else reads.
IN_PLACE = frozenset(
    (
        *("Add", "AddV2", "Sub", "Mul", "RealDiv", "Maximum", "Minimum", "AddN"),
        *("SquaredDifference", "Relu", "ReluGrad", "Relu6", "Relu6Grad", "Neg", "Exp"),
        *("Log", "Sqrt", "Rsqrt", "RsqrtGrad", "SqrtGrad", "Square", "Tanh"),
        *("TanhGrad", "Sigmoid", "SigmoidGrad", "Softplus", "SoftplusGrad", "BiasAdd"),
        *("Elu", "EluGrad", "Erf", "Pow", "Select", "SelectV2", "Softmax"),
    )
)

# Attributes that name the functions inside an operation.
FUNCTIONS = ("f", "body", "cond", "then_branch", "else_branch", "branches")


def peak_bytes(graph: Any) -> int | None:
    """Returns the most bytes that the tensors of a graph hold at once.

    Variables, and what the caller passes in, are not counted.

    Args:
        graph: `tf.Graph` of a traced function.

    Returns:
        The bytes, or `None` if the size of a large part is not known.
    """
    try:
        return _peak(graph)
    except _UnknownSize:
        return None


class _UnknownSize(Exception):
    """A tensor has no static shape."""


def _peak(graph: Any) -> int:
    operations = [_operation(graph, node) for node in _as_executed(graph)]
    return peak(operations, [tensor.name for tensor in graph.outputs])


def _needed(graph: Any) -> set[Any]:
    """Returns the nodes that outputs and side effects depend on."""
    found: set[Any] = set()
    waiting = [tensor.op for tensor in graph.outputs]
    waiting += list(getattr(graph, "control_outputs", ()))
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += [tensor.op for tensor in node.inputs]
            waiting += list(node.control_inputs)
    return found


def _as_executed(graph: Any) -> list[Any]:
    """Returns the needed nodes in the order in which TensorFlow runs them.

    A node runs as soon as all it waits for is there: first those that wait for nothing,
    such as the part of an optimizer's step that does not need the gradient.
    """
    needed = _needed(graph)
    waits: dict[Any, int] = {}
    followers: dict[Any, list[Any]] = {}
    ready: collections.deque[Any] = collections.deque()
    for node in graph.get_operations():
        if node not in needed:
            continue
        before = {tensor.op for tensor in node.inputs} | set(node.control_inputs)
        waits[node] = len(before)
        for other in before:
            followers.setdefault(other, []).append(node)
        if not before:
            ready.append(node)
    order = []
    while ready:
        node = ready.popleft()
        order.append(node)
        for other in followers.get(node, ()):
            waits[other] -= 1
            if not waits[other]:
                ready.append(other)
    return order


def _operation(graph: Any, node: Any) -> Operation:
    inputs = [tensor.name for tensor in node.inputs]
    if node.type in ("Placeholder", "ReadVariableOp"):
        return Operation((), {})  # The caller's memory, and that of variables.
    return Operation(
        inputs,
        {tensor.name: _bytes(tensor) for tensor in node.outputs},
        view=node.type in VIEWS,
        in_place=node.type in IN_PLACE,
        inside=_inside(graph, node),
    )


def _bytes(tensor: Any) -> int:
    size = tensor.dtype.size
    if not size or tensor.dtype.name in ("resource", "variant", "string"):
        return 0
    count = tensor.shape.num_elements()
    if count is None:
        raise _UnknownSize(tensor.name)
    return count * size


def _inside(graph: Any, node: Any) -> int:
    """Returns the most bytes within the functions that a node calls."""
    return max((_peak(inner) for inner in _functions(graph, node)), default=0)


def _functions(graph: Any, node: Any) -> list[Any]:
    found = []
    for name in FUNCTIONS:
        if name in node.node_def.attr:
            value = node.node_def.attr[name]
            listed = value.list.func or [value.func]
            found += [_function(graph, one.name) for one in listed if one.name]
    return [one for one in found if one is not None]


def _function(graph: Any, name: str) -> Any:
    while graph is not None:
        known = graph._functions.get(name) if hasattr(graph, "_functions") else None
        if known is not None:
            return getattr(known, "graph", None)
        graph = getattr(graph, "outer_graph", None)
    return None
