"""Whose settings are these? By what a text holds, and by what its file is called.

Also said is how manifests are made of what must be rendered first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_BY_TEXT = (
    ("pgbouncer", re.compile(r"^\s*\[(databases|pgbouncer)\]", re.MULTILINE)),
    ("mysql", re.compile(r"^\s*\[mysqld[\w.-]*\]", re.MULTILINE)),
    (
        "postgres",
        re.compile(
            r"^\s*(shared_buffers|superuser_reserved_connections|work_mem|wal_level)\s*=?\s*\S", re.MULTILINE
        ),
    ),
    ("redis", re.compile(r"^\s*(maxclients|maxmemory|tcp-keepalive|appendonly)\s+\S", re.MULTILINE)),
    (
        "sysctl",
        re.compile(
            r"^\s*-?(net|fs|kernel|vm)[./][\w./-]+\s*="
            r"|^(==> )?/proc/sys/(net|fs|kernel|vm)/[\w./-]+(:|=| <==)|^nf_conntrack_\w+\s*[:=]\s*\d",
            re.MULTILINE,
        ),
    ),
)
_BY_NAME = (
    ("pgbouncer", re.compile(r"pgbouncer[\w.-]*\.(ini|conf)$")),
    ("postgres", re.compile(r"postgres(ql)?[\w.-]*\.conf$")),
    ("mysql", re.compile(r"(my|mysqld?|mariadb)[\w.-]*\.cnf$|my\.ini$")),
    ("redis", re.compile(r"(redis|valkey)[\w.-]*\.conf$")),
    ("sysctl", re.compile(r"sysctl[\w.-]*\.conf$")),
)
_TREE = re.compile(r"\.(ya?ml|json)$")
_LINES = re.compile(r"\.(properties|env|ini|toml|cfg|conf|cnf)$|(^|/)\.env[\w.-]*$")
_WORLD = re.compile(
    r"^(tidegate|networks|crossings|activities)\s*:|\"(networks|crossings)\"\s*:", re.MULTILINE
)
# Only what is Helm's own: rendered manifests hold templates of others (alerts, workflows, dashboards).
_TEMPLATE = re.compile(r"\{\{[^{}\n]{0,200}?(?:\.(?:Values|Release|Chart|Capabilities)\b|\binclude \")")
_COMPOSE = re.compile(r"^services\s*:\s*(#.*)?$", re.MULTILINE)
_COMPOSED = re.compile(r"^\s+(image|build|command|depends_on|deploy)\s*:", re.MULTILINE)
_VALUES = re.compile(r"^(replicaCount|autoscaling|image|resources|ingress|nodeSelector)\s*:", re.MULTILINE)
_VALUES_NAME = re.compile(r"^values([-._][\w.-]*)?\.ya?ml$|[-.]values\.ya?ml$")
_WORLDS_OWN = re.compile(r"^(tidegate|crossings|clients|activities)\s*:", re.MULTILINE)
_CHART = re.compile(r"^apiVersion\s*:\s*\"?v[12]\"?\s*$", re.MULTILINE)
_KIND = re.compile(r"^\s*\"?kind\"?\s*:", re.MULTILINE)
_KUSTOMIZATION = re.compile(r"^kind\s*:\s*Kustomization\b", re.MULTILINE)
_MANIFEST = re.compile(
    r"^(apiVersion|kind)\s*:|^[ \t\[{]*\"apiVersion\"\s*:"
    # As servers print it, and whoever takes the items of a list: its kind first.
    r"|^[ \t\[{]*\"kind\"\s*:\s*\"\w+\"\s*,\s*\"apiVersion\"\s*:",
    re.MULTILINE,
)
_BARE = re.compile(r"^resources\s*:\s*$(?:\n\s*-\s+\S+)+", re.MULTILINE)


def is_manifest(text: str) -> bool:
    """Whether a text holds objects of Kubernetes."""
    return bool(_MANIFEST.search(text))


def is_world(text: str) -> bool:
    """Whether a text looks like a world file."""
    return bool(_WORLD.search(text))


def is_settings(text: str, name: str) -> bool:
    """Whether a text that stands alone is settings beyond doubt, and no world file."""
    last = name.rpartition("/")[2].lower()
    return not is_world(text) and bool(server_kind(text, name) or _LINES.search(last))


def implies_a_world(texts: Sequence[tuple[str, str]], *, scaled: bool = False) -> bool:
    """Whether texts are no world file, but something that a world is made of.

    Parameters
    ----------
    texts
        Each with its name.
    scaled
        Whether a change of size is said beside them, which a world file states itself.
    """
    if len(texts) > 1:
        return True
    ((text, source),) = texts
    if is_manifest(text) or how_to_render(text, source):
        return True
    return is_settings(text, source) or (scaled and not is_world(text))


def server_kind(text: str, name: str) -> str:
    """Return whose configuration a text is: "pgbouncer", "postgres" …; empty for a program's own."""
    last = name.rpartition("/")[2].lower()
    by_name = next((kind for kind, pattern in _BY_NAME if pattern.search(last)), "")
    if by_name or _TREE.search(last):
        return by_name
    return next((kind for kind, pattern in _BY_TEXT if pattern.search(text)), "")


def is_tree(text: str, name: str) -> bool:
    """Whether a program's settings are YAML or JSON, and not one on each line."""
    last = name.rpartition("/")[2].lower()
    if _TREE.search(last) or _LINES.search(last):
        return bool(_TREE.search(last))
    return bool(re.search(r"^\s*\{|^[\w.-]+:\s*$", text, re.MULTILINE)) and "=" not in text.split("\n", 1)[0]


def how_to_render(text: str, name: str) -> str:
    """Return a sentence on how manifests are made of a text that is none yet; empty for any other."""
    last = name.rpartition("/")[2] or name
    composed = _COMPOSE.search(text) and _COMPOSED.search(text) and not _WORLDS_OWN.search(text)
    known = is_manifest(text) or is_world(text)
    ways = (
        (
            _KUSTOMIZATION.search(text) or (last.startswith("kustomization.") and _BARE.search(text)),
            "is a kustomization: `kustomize build FOLDER | tidegate check -`",
        ),
        (_TEMPLATE.search(text), "is a template of Helm: `helm template CHART | tidegate check -`"),
        (composed, f"is a file of docker-compose: `kompose convert -f {last} --stdout | tidegate check -`"),
        (
            _CHART.search(text) and not _KIND.search(text),
            "describes a chart of Helm: `helm template CHART | tidegate check -`",
        ),
        (
            not known and (_VALUES_NAME.search(last) or len(set(_VALUES.findall(text))) > 1),
            f"holds the values of a chart of Helm: `helm template CHART -f {last} | tidegate check -`",
        ),
    )
    return next((way for is_so, way in ways if is_so), "")
