"""A frozen graph that is rewritten in place: its nodes by name, what is constant in it, and who reads whom."""

from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.python.framework import op_def_registry

IDENTITIES = ("Identity", "IdentityN", "StopGradient", "PreventGradient")
"""Operations that hand on what they get; that of several tensors stands around a gradient of one's own."""


def is_pure(definition: Any) -> bool:
    """Whether a graph has neither functions nor operations with a state or an effect."""
    stateful = (op_def_registry.get(node.op).is_stateful for node in definition.node)
    return not definition.library.function and not any(stateful)


class Graph:
    """A pure graph; its identities are left out and its constant expressions are evaluated.

    Attributes:
        nodes: By name.
        outputs: The tensors that are asked for.
    """

    def __init__(self, definition: Any, outputs: list[str]) -> None:
        self.definition, self.outputs = definition, outputs
        for node in definition.node:  # in a pure graph nothing has to wait for more than its inputs
            node.input[:] = [tensor for tensor in node.input if not tensor.startswith("^")]
        self.prune()
        for node in definition.node:
            node.input[:] = [self._source(tensor) for tensor in node.input]
        self._evaluate()
        self.prune()

    def made_by(self, tensor: str) -> Any:
        """The node that makes a tensor as its only output, or its first."""
        return self.nodes[_name(tensor)]

    def value(self, tensor: str) -> np.ndarray | None:
        """Of a constant; ``None`` of anything else."""
        node = self.nodes[_name(tensor)]
        return tf.make_ndarray(node.attr["value"].tensor) if node.op == "Const" else None

    def only_reader(self, node: Any) -> Any:
        """The node that alone reads another's first output, once; ``None`` if there are others or it is asked for."""
        readers = self.readers[node.name]
        return readers[0] if len(readers) == 1 and readers[0] is not None else None

    def constant(self, name: str, value: np.ndarray) -> str:
        """Add a constant; the name of its tensor."""
        node = self.definition.node.add(name=name, op="Const")
        node.attr["dtype"].type = tf.as_dtype(value.dtype).as_datatype_enum
        node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(value))
        self.nodes[name] = node
        return name

    def become(self, node: Any, op: str, *inputs: str) -> None:
        """Turn a node of float32 into another of the same name: an operation that has no attribute but its type."""
        node.op, node.input[:] = op, inputs
        node.attr.clear()
        node.attr["T"].type = tf.float32.as_datatype_enum
        self.readers = self._readers()

    def append(self, node: Any, op: str, other: str) -> None:
        """Put an operation of float32 behind a node, of its output and another tensor; it takes the node's name."""
        before = self.definition.node.add()
        before.CopyFrom(node)
        before.name = f"{node.name}/{len(self.nodes)}"
        self.nodes[before.name] = before
        self.become(node, op, before.name, other)

    def prune(self) -> None:
        """Leave out the nodes that the outputs do not need."""
        nodes = {node.name: node for node in self.definition.node}
        kept = _in_order(map(_name, self.outputs), nodes)
        short = type(self.definition)(node=kept, versions=self.definition.versions)
        self.definition.CopyFrom(short)
        self.nodes = {node.name: node for node in self.definition.node}
        self.readers = self._readers()

    def _source(self, tensor):
        """What identities hand on; each output of one is the input of its number."""
        name, _, number = tensor.partition(":")
        node = self.nodes[name]
        return self._source(node.input[int(number or 0)]) if node.op in IDENTITIES else tensor

    def _evaluate(self):
        """Put constants in the place of what is computed from constants alone."""
        varies: set[str] = set()
        wanted: dict[str, None] = {}
        for node in self.definition.node:
            if node.op == "Const":
                continue
            if not node.input or varies & {*map(_name, node.input)}:
                varies.add(node.name)
                wanted.update(dict.fromkeys(node.input))
        wanted = {each: None for each in wanted if _name(each) not in varies and self.made_by(each).op != "Const"}
        if not wanted:
            return
        with tf.Graph().as_default(), tf.compat.v1.Session() as session:
            tensors = tf.graph_util.import_graph_def(self.definition, name="", return_elements=list(map(_full, wanted)))
            values = session.run(tensors)
        pairs = zip(wanted, values, strict=True)
        names = {each: self.constant(f"{each.replace(':', '_')}/evaluated", np.asarray(value)) for each, value in pairs}
        for node in self.definition.node:
            node.input[:] = [names.get(tensor, tensor) for tensor in node.input]

    def _readers(self):
        """Who reads each node's outputs on the way to those that are asked for; ``None`` stands for who asks."""
        readers: dict[str, list] = {name: [] for name in self.nodes}
        for tensor in self.outputs:
            readers[_name(tensor)].append(None)
        for node in _in_order(map(_name, self.outputs), self.nodes):
            for tensor in node.input:
                readers[_name(tensor)].append(node)
        return readers


def _name(tensor):
    return tensor.partition(":")[0]


def _full(tensor):
    return tensor if ":" in tensor else f"{tensor}:0"


def _in_order(wanted, nodes):
    """The nodes that those of these names need, each after what it reads."""
    done: dict[str, Any] = {}
    waiting = list(wanted)
    while waiting:
        name = waiting.pop()
        before = [each for each in map(_name, nodes[name].input) if each not in done]
        if before:
            waiting += [name, *before]
        else:
            done[name] = nodes[name]
    return done.values()
