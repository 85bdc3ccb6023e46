"""Reviews that a real server sent, as the tests replay them: what was asked, and what has to be answered.

Each workload that the replay needs is called as one of two, the world of which is written beside them: the worlds of
the cases are equal but for the name, and two are worked out sooner than all.
"""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from objects import world
from review_recorder import Exchange

_ONES = "00000000-0000-4000-8000-000000000000"
_FIRST = ("climb-unseen", "climb-every60", "climb-every15")
"""Before the others: what was seen of autoscalers before counts. Roll-outs come last, since nothing is known beside one."""
_LAST = ("roll-out", "restart", "override")
_LEFT = ("climb-plain", "climb-least", "climb-doubted")
_CALLED = ("unseen", "every60", "every15", "raised")
_BOTH_PATHS = "scale-up-unsafe"
_WAITED = "climb-every60"
"""Brought down only after a minute of refusals, which a replay does not wait for."""
WORLDS = {"shop": "Deployment", "queue": "StatefulSet"}


def write_fixtures(reviews: Mapping[str, Sequence[Exchange]], folder: Path) -> None:
    """Write the first review of each case, path and resource, one file each; those of before are gone."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "worlds").mkdir(parents=True)
    for name, kind in WORLDS.items():
        (folder / "worlds" / f"{name}.yaml").write_text(world(name, kind).lstrip(), encoding="utf-8")
    middle = [case for case in reviews if case not in {*_FIRST, *_LAST, *_LEFT}]
    wanted = [case for case in (*_FIRST, *middle, *_LAST) if reviews.get(case)]
    firsts = [(case, item) for case in wanted for item in _firsts(case, reviews[case]).items()]
    for number, (case, (name, one)) in enumerate(firsts):
        answer = _expected(one.response)
        if case in _LAST:  # it depends on what is worked out by then
            answer.pop("verdict", None)
        kept = {"path": one.path, "review": one.review, "answer": answer}
        (folder / f"{number:02d}-{name}.json").write_text(_redacted(kept), encoding="utf-8")


def _firsts(case: str, exchanges: Sequence[Exchange]) -> dict[str, Exchange]:
    found: dict[str, Exchange] = {}
    for one in exchanges:
        path, resource = one.path.rpartition("/")[2], one.request["resource"]["resource"]
        is_brought_down = "patch" in one.response and case != _WAITED
        if path == "validate" or is_brought_down or case == _BOTH_PATHS:
            found.setdefault(f"{case}-{resource}-{path}", one)
    return dict(sorted(found.items(), key=lambda item: item[1].at_s))


def _redacted(kept: Mapping[str, Any]) -> str:
    """Return the text without what tells one cluster from another, with the names that the replay knows."""
    text = json.dumps(dict(_walked(kept)), indent=1, ensure_ascii=False) + "\n"
    for name in _CALLED:
        text = text.replace(name, "shop")
    return text


def _walked(found: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in found.items():
        if isinstance(value, dict):
            yield key, dict(_walked(value))
        elif isinstance(value, list):
            yield key, [dict(_walked(one)) if isinstance(one, dict) else one for one in value]
        else:
            yield key, _ONES if key == "uid" else value


def _expected(response: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of an answer must be so whatever the words are."""
    said: dict[str, Any] = {"allowed": response["allowed"]}
    said |= {"verdict": response["auditAnnotations"]["verdict"]} if "auditAnnotations" in response else {}
    said |= {"code": response["status"]["code"]} if "status" in response else {}
    if "patch" in response:
        said["patch"] = json.loads(base64.b64decode(response["patch"]))
    return said
