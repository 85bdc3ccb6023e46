"""A flood of logins against a real server: alerts and readiness do not wait for it."""

from __future__ import annotations

import statistics
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import suppress
from pathlib import Path

from served import Served, served


def guesses(at: Served, over: threading.Event, number: int) -> None:
    """Guess, each time as if from another address, as a proxy before the server tells it."""
    turn = 0
    while not over.is_set():
        turn += 1
        said = urllib.parse.urlencode({"name": "admin", "password": f"wrong-password-{turn}"}).encode()
        origin = {"x-forwarded-for": f"198.{number}.{turn // 250 % 250}.{turn % 250}"}
        asked = urllib.request.Request(f"{at.url}/console/login", said, origin)  # noqa: S310
        with suppress(OSError):
            urllib.request.urlopen(asked, timeout=120).close()  # noqa: S310


def test_readiness_and_cases_do_not_wait_for_logins(tmp_path: Path):
    """A hundred guess without a pause; health and cases are answered, and the right password still opens."""
    over = threading.Event()
    with served(tmp_path) as at:
        assert 200 == at.get("/health/ready")[0]
        crowd = [threading.Thread(target=guesses, args=(at, over, number)) for number in range(100)]
        for one in crowd:
            one.start()
        spent_s = []
        try:
            for number in range(5):
                began_s = time.monotonic()
                assert 200 == at.get("/health/ready")[0]
                at.say("/api/v1/cases", text="broken", key=f"flood-{number}")
                spent_s.append(time.monotonic() - began_s)
        finally:
            over.set()
            for one in crowd:
                one.join(120)
        assert 200 == at.fill("/console/login", name=at.name, password=at.password)
    assert 5.0 > statistics.median(spent_s)
