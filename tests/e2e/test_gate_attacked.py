"""Every path of a served gate against what no caller sends: over TLS, slow, forged and broken."""

from __future__ import annotations

import json
import socket
import ssl
import time
from contextlib import ExitStack
from itertools import product

import pytest

from called_back import KEY, signed_event, signed_task
from gate_sample import KNOWN_BY_MANY, SHOP, keep_limits, review, scale
from gate_served import Authority, gate

TOKENS = {
    "all": "token-of-all-0123456789",
    "keda": "token-of-keda-0123456789",
    "boss": "token-of-boss-0123456789",
}
FILE = """
all: {token: token-of-all-0123456789}
keda: {token: token-of-keda-0123456789, callers: [keda]}
boss: {token: token-of-boss-0123456789, callers: [check], may_override: true}
"""
POSTED = (
    "/check",
    "/flagger",
    "/argo",
    "/cloudformation",
    "/ecs",
    "/admission/validate",
    "/admission/mutate",
)
SIGNED = ("/run-task", "/github")
BROKEN = (
    b"", b"null", b"[]", b'"x"', b"{", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 50_000, b'{"a": NaN}',
    b'{"a": ' + b"9" * 10_000 + b"}", b'{"a": "\\ud800"}',
    b'{"a": 1, "a": 2}', b'{"changes": [], "changes": 1}',
    b'{"request": {"uid": "1", "uid": "2"}}', b"\x00" * 1_000, b'{"a": "' + b"x" * 1_000_000 + b'"}',
)  # fmt: skip
ODD = (None, True, 0, -1, 1e308, "", "x" * 10_000, [], [[]], {}, {"x": {}}, "\u202e", "../../etc")
KEYS = (
    "changes", "system", "override", "trial", "name", "namespace", "metadata", "phase", "address", "from",
    "to", "requestData", "requestContext", "actionInvocationPoint", "serviceArn", "lifecycleStage",
    "executionDetails",
    "hookDetails", "detail-type", "detail", "apiVersion", "kind", "request", "payload_version", "stage",
    "access_token", "task_result_callback_url", "is_speculative", "environment", "deployment", "repository",
    "installation", "deployment_callback_url", "action",
)  # fmt: skip


@pytest.fixture
def served(tmp_path):
    (tmp_path / "shop.yaml").write_text(KNOWN_BY_MANY)
    (tmp_path / "tokens.yaml").write_text(FILE)
    (tmp_path / "key").write_text(KEY)
    keep_limits(tmp_path / "tidegate-gate")
    authority = Authority(tmp_path, "authority")
    certificate, key = authority.certificate("gate")
    words = (
        "shop.yaml", "--mode", "enforce", "--tls-cert", certificate, "--tls-key", key,
        "--tokens", "tokens.yaml",
        "--run-task-key", "key", "--github-secret", "key", "--github-token", "key",
    )  # fmt: skip
    trusted = ssl.create_default_context(cafile=str(authority.path))
    with gate(tmp_path, *words, trusted=trusted) as at:
        yield at
    log = (tmp_path / "gate.log").read_text()
    assert "Traceback" not in log, log
    assert not any(one in log for one in (*TOKENS.values(), KEY)), "no secret is told"


def bearer(name="all"):
    return {"Authorization": f"Bearer {TOKENS[name]}"}


def headers(path, body):
    """Return what a caller that may ask sends along."""
    if path == "/run-task":
        return signed_task(body)
    return signed_event(body) if path == "/github" else bearer()


def happened(at):
    """Return how many changes were let through."""
    text = at.ask("/metrics", method="GET")[1]
    rows = [one for one in text.split("\n") if one.startswith("tidegate_gate_rulings_total")]
    asks_alone = 'caller="keda"'
    return sum(float(one.split()[-1]) for one in rows if 'through="yes"' in one and asks_alone not in one)


def step(before, after, **said):
    return json.dumps({"changes": [{"address": SHOP, "from": before, "to": after}], **said}).encode()


def test_no_body_breaks_a_path_or_counts_as_happening(served):
    """Each has an answer in its caller's words; nothing of it is taken for a change."""
    for path in (*POSTED, *SIGNED):
        for body in BROKEN:
            status, text = served.ask(path, body, headers=headers(path, body))
            assert status in {200, 400, 413}, (path, body[:40], status)
            if status == 200 and path not in SIGNED:
                said = json.loads(text)
                held = said.get("verdict") == "cannot_tell" or said.get("hookStatus") == "FAILED"
                assert held or (path == "/argo" and body == b""), (path, body[:40], text)
    assert 0 == happened(served)
    assert 200 == served.ask("/check", step(4, 40), headers=bearer())[0]


def test_no_odd_value_breaks_a_path_or_counts_as_happening(served):
    """Every key that a caller reads, with values of every kind that it does not send."""
    for path in (*POSTED, *SIGNED):
        for i, odd in enumerate(ODD):
            body = json.dumps(dict.fromkeys(KEYS[i % 2 :: 2], odd) | {KEYS[i]: odd}).encode()
            status, text = served.ask(path, body, headers=headers(path, body))
            assert status in {200, 400}, (path, odd, status, text[:200])
    for odd in (
        "from=x",
        "from=-1",
        "from=4&target=0",
        "from=4&target=1e999",
        "from=4&target=nan",
        "address=",
        "",
    ):
        query = odd if odd.startswith("address") or not odd else f"address=prod%2Fshop&{odd}"
        assert 500 == served.ask(f"/keda?{query}", method="GET", headers=bearer())[0], odd
    assert 0 == happened(served)


def test_who_has_no_permission_is_told_nothing_and_changes_nothing(served):
    """No token, a wrong one, one for another caller, one that may not override; each is refused."""
    for path in POSTED[:5]:
        for wrong in (
            {},
            {"Authorization": "Bearer "},
            {"Authorization": "Bearer x"},
            {"Authorization": "Basic é"},
        ):
            status, text = served.ask(path, step(4, 5), headers=wrong)
            assert (401, False) == (status, "verdict" in text), path
        assert 403 == served.ask(path, step(4, 5), headers=bearer("keda"))[0]
    query = "/keda?address=prod%2Fshop&from=4"
    assert [401, 403, 200] == [
        served.ask(query, method="GET", headers=one)[0] for one in ({}, bearer("boss"), bearer("keda"))
    ]
    for path in SIGNED:
        assert 401 == served.ask(path, b"{}", headers=bearer())[0], "a token is no signature"
    assert 403 == served.ask("/check", step(4, 40, override="now"), headers=bearer())[0]
    assert 0 == happened(served)
    assert 200 == served.ask("/admission/validate", review("deployments", scale(4), scale(40)).body)[0]
    said = json.loads(
        served.ask("/check", step(4, 40, override="now", asked_by="ann"), headers=bearer("boss"))[1]
    )
    assert (True, "slow_down") == (said["allow"], said["verdict"])
    assert 1 == happened(served)


def test_tokens_are_changed_while_it_runs(served, tmp_path):
    """A file that is broken shuts nobody out; one that is whole counts at once."""
    (tmp_path / "tokens.yaml").write_text("all: {token: short}")
    assert 200 == served.ask("/check", step(4, 40), headers=bearer())[0]
    (tmp_path / "tokens.yaml").write_text(FILE.replace("of-all", "of-new"))
    assert 401 == served.ask("/check", step(4, 40), headers=bearer())[0]
    new = {"Authorization": f"Bearer {TOKENS['all'].replace('of-all', 'of-new')}"}
    assert 200 == served.ask("/check", step(4, 40), headers=new)[0]


def test_slow_clients_hold_nobody_up(served):
    """A hundred that shake no hand, begin a head, or drip a body; who asks beside them is answered."""
    with ExitStack() as opened:
        for i in range(100):
            one = opened.enter_context(socket.create_connection(("localhost", served.port), 20))
            if i % 3:
                whole = opened.enter_context(served.trusted.wrap_socket(one, server_hostname="localhost"))
                whole.sendall(
                    b"POST /check HTTP/1.1\r\nhost: x\r\n" + b"content-length: 9\r\n\r\n{" * (i % 3 - 1)
                )
        began_s = time.monotonic()
        assert 200 == served.ask("/check", step(4, 40), headers=bearer())[0]
        assert time.monotonic() - began_s < 10


def test_a_certificate_that_has_run_out_is_not_believed(served, tmp_path):
    """A caller sees it by itself; here the gate's own has run out."""
    authority = Authority(tmp_path, "other")
    certificate, key = authority.certificate("old", days=-1)
    trusted = ssl.create_default_context(cafile=str(authority.path))
    folder = tmp_path / "second"
    folder.mkdir()
    (folder / "shop.yaml").write_text(KNOWN_BY_MANY)
    keep_limits(folder / "tidegate-gate")
    words = ("shop.yaml", "--tls-cert", certificate, "--tls-key", key)
    with (
        gate(folder, *words, trusted=trusted) as old,
        pytest.raises(ssl.SSLCertVerificationError, match="expired"),
    ):
        old.ask("/check", step(4, 40))


# -- what the how-to's table says, for each path and verdict -------------------------------------------------

WAYS = {
    "proceed": (4, 10), "slow_down": (4, 40), "stop": (20, 40), "cannot_tell": (60, 70),
}  # fmt: skip
TABLE = {
    "/check": {
        "proceed": (200, "allow", True), "slow_down": (200, "allow", False), "stop": (200, "allow", False),
    },
    "/flagger": {"proceed": (200, "", ""), "slow_down": (403, "", ""), "stop": (403, "", "")},
    "/argo": {
        "proceed": (200, "verdict", "proceed"), "slow_down": (200, "verdict", "slow_down"),
        "stop": (200, "verdict", "stop"),
    },
    "/cloudformation": {
        "proceed": (200, "hookStatus", "SUCCESS"), "slow_down": (200, "hookStatus", "FAILED"),
        "stop": (200, "hookStatus", "FAILED"),
    },
    "/ecs": {
        "proceed": (200, "hookStatus", "SUCCEEDED"), "slow_down": (200, "hookStatus", "FAILED"),
        "stop": (200, "hookStatus", "FAILED"),
    },
    "/ecs pause": {
        "proceed": (200, "action", "CONTINUE"), "slow_down": (200, "action", "ROLLBACK"),
        "stop": (200, "action", "ROLLBACK"),
    },
}  # fmt: skip
DOUBT = {
    "allow": {
        "/check": (200, "allow", True), "/flagger": (200, "", ""), "/argo": (200, "verdict", "proceed"),
        "/cloudformation": (200, "hookStatus", "SUCCESS"), "/ecs": (200, "hookStatus", "SUCCEEDED"),
        "/ecs pause": (200, "action", "CONTINUE"),
    },
    "deny": {
        "/check": (200, "allow", False), "/flagger": (403, "", ""), "/argo": (200, "verdict", "cannot_tell"),
        "/cloudformation": (200, "hookStatus", "IN_PROGRESS"), "/ecs": (200, "hookStatus", "IN_PROGRESS"),
        "/ecs pause": (200, "action", "WAIT"),
    },
}  # fmt: skip


def question(path, before, after):
    sizes = {"from": before, "to": after}
    service = "arn:aws:ecs:eu-west-1:123456789012:service/prod/shop"
    group = {"MinSize": str(before), "MaxSize": "100", "DesiredCapacity": str(before)}
    target = {
        "resourceProperties": {**group, "DesiredCapacity": str(after)}, "previousResourceProperties": group,
    }  # fmt: skip
    asked = {
        "/check": {"changes": [{"address": SHOP, **sizes}]},
        "/flagger": {
            "name": "shop", "namespace": "prod", "phase": "Waiting", "checksum": "1",
            "metadata": {key: str(value) for key, value in sizes.items()},
        },
        "/argo": {"address": SHOP, **sizes},
        "/cloudformation": {
            "clientRequestToken": "1", "actionInvocationPoint": "UPDATE_PRE_PROVISION", "requestContext": {},
            "requestData": {
                "targetType": "AWS::AutoScaling::AutoScalingGroup", "targetLogicalId": "Shop",
                "targetModel": target,
            },
        },
        "/ecs": {
            "lifecycleStage": "PRE_SCALE_UP", "executionDetails": {"serviceArn": service},
            "hookDetails": sizes,
        },
        "/ecs pause": {
            "detail-type": "ECS Hook State Change", "hookDetails": sizes,
            "detail": {
                "eventName": "HOOK_AWAITING_ACTION", "hookType": "PAUSE", "lifecycleStage": "PRE_SCALE_UP",
                "serviceArn": service, "hookId": "h", "serviceDeploymentArn": "d",
            },
        },
    }  # fmt: skip
    return json.dumps(asked[path]).encode()


def answered(at, path, before, after, key):
    status, text = at.ask(path.split()[0], question(path, before, after))
    return status, key, json.loads(text)[key] if key else ""


@pytest.mark.parametrize("doubt", ["deny", pytest.param("allow", marks=pytest.mark.evidence)])
def test_each_path_says_what_the_table_says(tmp_path, doubt):
    """What is let through goes on, so that comes last, and each caller is of another gate's world."""
    verdicts = (("slow_down", "stop", "cannot_tell"), ("proceed",))
    for number, (path, asked) in enumerate(product(TABLE, verdicts)):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "shop.yaml").write_text(KNOWN_BY_MANY)
        keep_limits(folder / "tidegate-gate")
        with gate(folder, "shop.yaml", "--mode", "enforce", "--on-doubt", doubt) as at:
            for verdict in asked:
                expected = DOUBT[doubt][path] if verdict == "cannot_tell" else TABLE[path][verdict]
                assert expected == answered(at, path, *WAYS[verdict], expected[1]), (path, verdict)
