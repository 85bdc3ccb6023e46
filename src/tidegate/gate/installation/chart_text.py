"""How is a tree written as a template of Helm? The same lines, with an action for each node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tidegate.gate.installation.blueprint import HOLE, ITEM, Condition, Each, Said, Since, Text, When
from tidegate.gate.installation.object_text import STEP, quoted, scalar

SERVER = "(default $.Capabilities.KubeVersion.Version $.Values.kubernetesVersion)"


def template(trees: Sequence[Any]) -> str:
    """Return trees of objects as one template."""
    return "".join(f"{line}\n" for tree in trees for line in _object(tree))


def _object(tree: Any) -> Iterator[str]:
    if isinstance(tree, When):
        yield from _branches(tree, _object)
    else:
        yield "---"
        yield from _mapping(tree, "")


def _branches(node: When, written: Any) -> Iterator[str]:
    yield f"{{{{- if {_condition(node.asked)} }}}}"
    yield from written(node.node)
    if node.otherwise is not None:
        yield "{{- else }}"
        yield from written(node.otherwise)
    yield "{{- end }}"


def _condition(asked: Condition) -> str:
    if isinstance(asked, Since):
        return f'semverCompare ">=1.{asked.minor}-0" {SERVER}'
    return f'eq {_name(asked.path)} "{asked.to}"' if asked.to else _name(asked.path)


def _name(path: str) -> str:
    if path == "namespace":
        return "$.Release.Namespace"
    return f"${ITEM}" if path == ITEM else f"$.Values.{path}"


def _mapping(node: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, one in node.items():
        yield from _entry(key, one, indent)


def _entry(key: str, node: Any, indent: str) -> Iterator[str]:
    head = f"{indent}{scalar(key)}:"
    if isinstance(node, When):
        yield from _branches(node, lambda one: _entry(key, one, indent))
    elif isinstance(node, Said) and node.kind == "tree":
        yield head
        yield _tree(node, indent + STEP)
    elif isinstance(node, Mapping) and node:
        yield head
        yield from _mapping(node, indent + STEP)
    elif isinstance(node, list) and node:
        yield head
        yield from _members(node, indent + STEP)
    else:
        yield f"{head} {_scalar(node)}"


def _members(nodes: Sequence[Any], indent: str) -> Iterator[str]:
    for node in nodes:
        yield from _member(node, indent)


def _member(node: Any, indent: str) -> Iterator[str]:
    if isinstance(node, When):
        yield from _branches(node, lambda one: _member(one, indent))
    elif isinstance(node, Each):
        names = f"${ITEM}, $_" if node.keys else f"$_, ${ITEM}"
        yield f"{{{{- range {names} := {_name(node.path)} }}}}"
        yield from _member(node.node, indent)
        yield "{{- end }}"
    elif isinstance(node, Mapping) and node:
        inner = list(_mapping(node, indent + STEP))
        assert inner[0].startswith(indent + STEP), "a member begins with a key that is always there"
        yield f"{indent}- {inner[0].removeprefix(indent + STEP)}"
        yield from inner[1:]
    else:
        yield f"{indent}- {_scalar(node)}"


def _tree(node: Said, indent: str) -> str:
    return f"{{{{- toYaml {_name(node.path)} | nindent {len(indent)} }}}}"


def _scalar(node: Any) -> str:
    if isinstance(node, Said):
        return f"{{{{ {_name(node.path)} | {'int' if node.kind == 'number' else 'quote'} }}}}"
    if isinstance(node, Text):
        # What stands in a hole is a name of the cluster's, or a key, and needs no quotes of its own.
        return HOLE.sub(lambda hole: f"{{{{ {_name(hole[1])} }}}}", quoted(node.pattern))
    if isinstance(node, Mapping):
        return "{}"
    if isinstance(node, list):
        return "[]"
    return scalar(node).replace("{{", '{{ "{{" }}')
