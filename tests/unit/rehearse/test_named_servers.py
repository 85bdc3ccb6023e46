"""HAProxy, nginx and Envoy in the place of a service."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from rig_worlds import LIMITS, PLAIN, TWO, script_of

from plan_text import plan_text
from tidegate.errors import InputError
from tidegate.rehearse.named_servers import FILE, KINDS, as_served_by, server_text
from tidegate.rehearse.rig_plan import make_plan
from tidegate.world.file.read import read_world

CHECKS = {
    "haproxy": ["-c", "-f", FILE],
    "nginx": ["-t", "-e", "stderr", "-p", ".", "-c", FILE],
    "envoy": ["--mode", "validate", "-l", "error", "--config-path", FILE],
}
FOLDERS = os.pathsep.join((os.environ["PATH"], "/usr/sbin", str(Path(sys.executable).parent)))


def text_of(kind: str, connections_count: int | None = None) -> str:
    return server_text(kind, "127.0.0.1", 8001, backlog_count=49, connections_count=connections_count)


@pytest.mark.parametrize("kind", KINDS)
def test_each_takes_its_configuration(kind: str, tmp_path: Path) -> None:
    """The program itself finds nothing wrong with what is written for it."""
    program = shutil.which(kind, path=FOLDERS)
    if program is None and os.environ.get("REQUIRE_PARTS") != "1":
        pytest.skip(f"{kind} is not installed")
    (tmp_path / FILE).write_text(text_of(kind), encoding="utf-8")
    done = subprocess.run([program, *CHECKS[kind]], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (0, "") == (done.returncode, done.stderr if done.returncode else "")


def test_the_accept_backlog_is_the_services() -> None:
    """Each listens with the backlog it is told; HAProxy also keeps to a limit of connections."""
    assert "backlog 49" in text_of("haproxy")
    assert "backlog=49;" in text_of("nginx")
    assert 49 == yaml.safe_load(text_of("envoy"))["static_resources"]["listeners"][0]["tcp_backlog_size"]
    assert "  maxconn 7\n" in text_of("haproxy", 7)


def test_plan_tells_how_the_server_is_started() -> None:
    """The plan shows configuration and command of a named server."""
    text = plan_text(make_plan(script_of(PLAIN), server="haproxy"))
    assert "http-request return status 200" in text
    assert "ip netns exec net-servers haproxy -db -f server.yaml &" in text


def test_what_a_named_server_cannot_do_is_refused() -> None:
    """A service that takes time, changes or limits its queue needs the sleeping server."""
    with pytest.raises(InputError) as refused:
        make_plan(script_of(TWO), server="nginx")
    paths = {fault.path for fault in refused.value.faults}
    assert {"services.web", "services.web.queue", "services.web.connections", "services.near"} == paths


def test_devices_limits_do_not_matter_to_the_server() -> None:
    """Any device can stand before a named server."""
    assert "haproxy" == make_plan(script_of(LIMITS), server="haproxy").server


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("haproxy", ["with_answer"] * 2), ("nginx", ["at_once"] * 2), ("sleeping", ["at_once", "with_answer"])],
)
def test_requests_are_acknowledged_as_by_whoever_serves(kind: str, expected: list[str]) -> None:
    """A named server keeps its habit whatever the world says; the sleeping one does as the world says."""
    worlds = [
        read_world(PLAIN.replace("web: {", f"web: {{request_ack: {said}, "), "plain")
        for said in ("at_once", "with_answer")
    ]
    assert expected == [as_served_by(kind, file).world.services["web"].request_ack for file in worlds]
