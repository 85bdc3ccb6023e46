"""A real server on a disk that is full: cases, words and readiness say what is so."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from hashlib import sha256
from pathlib import Path

import pytest

from served import Served, served
from small_disk import fill, small_disk
from tidegate.adapters.store.secrets_file import SecretsFile
from tidegate.journal.shared_secrets import Token


@pytest.fixture(name="disk")
def own_disk(tmp_path):
    with small_disk(tmp_path / "disk", "48m") as folder:
        yield folder


def asked(at: Served, path: str, fields: object = None, token: str = "") -> tuple[int, dict[str, object]]:
    """Return status and JSON of an answer, whatever its status."""
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    body = None if fields is None else json.dumps(fields).encode()
    request = urllib.request.Request(f"{at.url}{path}", body, headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


@pytest.fixture(name="token")
def made_token(disk):
    """A token that is there before the server begins."""
    (disk / "data").mkdir(mode=0o700)
    whole = f"tg_{'0' * 8}_{'s' * 43}"
    kept = Token(
        id="0" * 8, hash=sha256(whole.encode()).hexdigest(), title="test", scopes=("outages",), until_s=1e11
    )
    SecretsFile(disk / "data").add_token(kept)
    return whole


def cases_until_refused(at: Served) -> int:
    kept = 0
    while True:
        status, _ = asked(at, "/api/v1/cases", {"text": f"{kept} " + "x" * 65_000})
        if status != 201:
            assert 503 == status
            return kept
        kept += 1


def test_a_full_disk_is_said_and_words_still_become_public(disk: Path, token: str):
    """Cases until none fits, then readiness says so; what is published is public, from room kept for it."""
    with served(disk) as at:
        assert (200, {"status": "ready"}) == asked(at, "/health/ready")
        _, one = asked(at, "/api/v1/outages", {"cause": "login"}, token)
        outage = str(one["id"])
        asked(at, f"/api/v1/outages/{outage}/events", {"event": "confirm"}, token)
        fill(disk)
        assert 20 < cases_until_refused(at)
        status, said = asked(at, "/health/ready")
        assert (503, True) == (status, "disk is full" in str(said["status"]))
        status, words = asked(at, f"/api/v1/outages/{outage}/publish", {}, token)
        assert (200, "written") == (status, words["site"]["state"])
        assert "Sign-in is disturbed" in at.get("/")[1]
        (disk / "filler").unlink()
        assert 201 == asked(at, "/api/v1/cases", {"text": "again"})[0]
        assert (200, {"status": "ready"}) == asked(at, "/health/ready")
