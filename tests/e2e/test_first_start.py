"""A server that is killed while it starts for the first time starts the next time, and nothing is lost."""

from __future__ import annotations

import http.cookiejar
import re
import subprocess
import sys
import urllib.parse
import urllib.request

from first_starts import failures, killed_starts
from served import served


def judge(found: list[dict[str, int]], least_count: int) -> None:
    """Every start but the last was killed, and there were as many as are worth the name."""
    assert [9] * (len(found) - 1) + [0] == [one["killed_by"] for one in found]
    assert least_count <= len(found)


def test_killed_before_some_steps_of_the_first_start_it_starts(tmp_path):
    """Whatever step it was killed before, the next start serves, and the password that was told opens."""
    judge(killed_starts(tmp_path, 3, 11), 8)


def test_a_real_server_killed_in_its_first_moments_starts_again(tmp_path):
    """The process itself, killed within 150 ms of its first sign of life."""
    assert [] == failures(tmp_path, 3)


def test_a_second_server_on_the_folder_is_refused(tmp_path):
    """It ends with 2 and one line that names the folder and who has it; the first goes on."""
    with served(tmp_path) as first:
        words = [sys.executable, "-m", "tidegate.cli.main", "serve", "--data", str(first.data), "--port", "0"]
        second = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
        assert (2, "") == (second.returncode, second.stdout)
        assert "Another server works on this folder" in second.stderr
        assert f"process {first.process.pid}" in second.stderr
        assert "Traceback" not in second.stderr
        assert 200 == first.get("/health/ready")[0]


def test_a_logout_holds_over_a_restart(tmp_path):
    """The cookie of a session that was ended opens nothing, also at the server that starts next."""
    cookies = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies))

    def page(url: str, **fields: str) -> str:
        sent = urllib.parse.urlencode(fields).encode() if fields else None
        with browser.open(url, sent, timeout=60) as answer:
            return answer.read().decode()

    with served(tmp_path) as first:
        inside = page(f"{first.url}/console/login", name=first.name, password=first.password)
        mark = re.search(r'name="csrf" value="(\w+)"', inside)
        assert mark is not None
        kept = [(one.name, one.value) for one in cookies]
        page(f"{first.url}/console/logout", csrf=mark[1])
    with served(tmp_path) as again:
        asked = urllib.request.Request(f"{again.url}/console")  # noqa: S310
        asked.add_header("cookie", "; ".join(f"{name}={value}" for name, value in kept))
        with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310
            assert answer.url.endswith("/console/login")
