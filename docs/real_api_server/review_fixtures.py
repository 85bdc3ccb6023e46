"""Reviews that a real server sent, as the tests replay them: what was asked, and what has to be answered."""

from __future__ import annotations

import base64
import copy
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from review_recorder import Exchange

_ONES = "00000000-0000-4000-8000-000000000000"


def write_fixtures(reviews: Mapping[str, Sequence[Exchange]], folder: Path) -> None:
    """Write the first review of each case and path, one file each; those of before are gone."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for case, exchanges in reviews.items():
        firsts: dict[str, Exchange] = {}
        for one in exchanges:
            resource = one.request["resource"]["resource"]
            name = f"{case}-{one.path.rpartition('/')[2]}" + ("-replicaset" if resource == "replicasets" else "")
            before = firsts.get(name)
            if before is None or ("patch" in one.response and "patch" not in before.response):
                firsts[name] = one
        for name, one in firsts.items():
            kept = {"path": one.path, "review": _redacted(one.review), "answer": _expected(one.response)}
            (folder / f"{name}.json").write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _redacted(found: Any) -> Any:
    """Return it without what tells one cluster from another: each uid is one that nothing has."""
    if isinstance(found, dict):
        return {key: _ONES if key == "uid" else _redacted(value) for key, value in found.items()}
    return [_redacted(one) for one in found] if isinstance(found, list) else copy.copy(found)


def _expected(response: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of an answer must be so whatever the words are."""
    said: dict[str, Any] = {"allowed": response["allowed"]}
    said |= {"verdict": response["auditAnnotations"]["verdict"]} if "auditAnnotations" in response else {}
    said |= {"code": response["status"]["code"]} if "status" in response else {}
    if "patch" in response:
        said["patch"] = json.loads(base64.b64decode(response["patch"]))
    return said
