"""`tidegate serve` and `tidegate case` as they are used: one process, one folder, nothing else."""

from __future__ import annotations

import json
import re
import smtplib
import socket
import subprocess
import sys
import time
from pathlib import Path

from served import served
from tidegate.adapters.store.secrets_file import SecretsFile


def tidegate(*words: str, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tidegate.cli.main", *words],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )


def test_one_process_serves_everything_and_ends_well(tmp_path: Path):
    """Site, form, API, mail, health, metrics; the command line is heard; the log holds no secret."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        smtp_port = free.getsockname()[1]
    with served(tmp_path, TIDEGATE_SMTP_PORT=str(smtp_port)) as at:
        assert (200, True) == (at.get("/health/ready")[0], len(at.password) > 20)
        case = at.say("/api/v1/cases", text="my secret words", contact="ann@secret.example")
        with smtplib.SMTP("127.0.0.1", smtp_port, timeout=30) as mail:
            mail.sendmail("bob@b.example", "help@x.example", "Subject: mail\r\n\r\nmy secret words too")
        data = str(tmp_path / "data")
        opened = tidegate(
            "outage", "open", "--cause", "login", "--world", str(tmp_path / "world.yaml"), "--data", data
        )
        confirmed = tidegate("outage", "confirm", "--data", data)
        published = tidegate("outage", "publish", "--data", data)
        assert [0, 0, 0] == [done.returncode for done in (opened, confirmed, published)]
        until_s = time.monotonic() + 30
        for page in ("/", "/help"):  # the form follows within a turn of the watch, two seconds
            while "Sign-in is disturbed" not in at.get(page)[1] and time.monotonic() < until_s:
                time.sleep(0.1)
        summary = json.loads(at.get("/api/v2/summary.json")[1])
        assert ["Sign-in is disturbed"] == [one["name"] for one in summary["incidents"]]
        assert "Sign-in is disturbed" in at.get("/help")[1]
        assert re.search(r'tidegate_outages\{state="confirmed"\} 1', at.get("/metrics")[1])
        listed = tidegate("case", "list", "--data", data)
        assert 2 == len(listed.stdout.splitlines())
    log = (tmp_path / "server.log").read_text(encoding="utf-8")
    assert all(json.loads(line) for line in log.splitlines())
    secret = [at.password, "my secret words", "secret.example", str(case["page"]).rsplit("/", 1)[1]]
    assert [] == [word for word in secret if word in log]
    assert SecretsFile(tmp_path / "data").held.passwords["admin"].startswith("$argon2id$v=19$m=65536,")


def test_a_case_by_telephone(tmp_path: Path):
    """Taken in, listed, shown, answered, closed and its receipt verified, with no server at all."""
    data = str(tmp_path / "data")
    assert 0 == tidegate("outage", "open", "Sign-in is down", "--data", data).returncode
    taken = tidegate(
        "case", "new", "-", "--data", data, "--contact", "+1 555", "--key", "k", text="it rang\x1b[31m"
    )
    again = tidegate(
        "case", "new", "-", "--data", data, "--contact", "+1 555", "--key", "k", text="it rang\x1b[31m"
    )
    assert (0, taken.stdout) == (taken.returncode, again.stdout)
    verified = tidegate("case", "verify", "-", text=taken.stdout)
    forged = tidegate("case", "verify", "-", text=taken.stdout.replace("as entry 3", "as entry 4"))
    assert (0, 2) == (verified.returncode, forged.returncode)
    name = re.search(r"^case (\w+)$", taken.stdout, re.MULTILINE)[1]
    assert name in tidegate("case", "list", "--data", data).stdout
    assert 0 == tidegate("case", "reply", "We called back.", name, "--data", data).returncode
    shown = tidegate("case", "show", name, "--data", data).stdout
    assert ("We called back." in shown, "\x1b" in shown) == (True, False)
    assert "closed\n" == tidegate("case", "close", name, "--data", data).stdout
    assert "No case is open." in tidegate("case", "list", "--data", data).stdout


def test_settings_are_checked_without_beginning_anything(tmp_path: Path):
    """--check-config names every setting and fault; no folder is made."""
    data = str(tmp_path / "data")
    said = tidegate("serve", "--check-config", "--data", data, "--port", "0")
    (tmp_path / "wrong.yaml").write_text("prot: 1\nvalid: soon\n", encoding="utf-8")
    wrong = tidegate("serve", "--check-config", "--settings", str(tmp_path / "wrong.yaml"))
    assert (0, 2, False) == (said.returncode, wrong.returncode, Path(data).exists())
    assert f"data: {data}" in said.stdout
    assert "2 things to mend" in wrong.stderr


def test_an_address_that_is_taken_is_said(tmp_path: Path):
    """Exit 2 and one sentence, not a traceback."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = tidegate("serve", "--data", str(tmp_path / "data"), "--port", str(taken.getsockname()[1]))
    assert 2 == done.returncode
    assert "Traceback" not in done.stderr
