"""Run tasks and deployment protection rules, as HCP Terraform and GitHub ask, and are called back."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import subprocess
import sys
import time

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from called_back import GROUP, KEY, deployment, place, plan, run_task, signed_event, signed_task
from gate_sample import KNOWN_BY_MANY, WORLD, keep_limits
from gate_served import Authority, gate

OK = (200, {}, b"{}")
PROBE = "test-token"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "shop.yaml").write_text(KNOWN_BY_MANY)
    (tmp_path / "key").write_text(f"{KEY}\n")
    keep_limits(tmp_path / "tidegate-gate")
    return tmp_path


@pytest.fixture
def authority(folder, monkeypatch):
    """Trusted by the gate as the machine's own authorities are."""
    made = Authority(folder, "authority")
    monkeypatch.setenv("SSL_CERT_FILE", str(made.path))
    return made


def hcp(before=4, after=40, callback=OK):
    """Return what HCP answers: the plan lies elsewhere, as it does there."""

    def answer(came):
        if came.path.endswith("/json-output"):
            return 307, {"location": "/_archivist/v1/object/plan?mark=x"}, b""
        if came.path.startswith("/_archivist"):
            return 200, {}, plan(before, after)
        return callback(came) if callable(callback) else callback

    return answer


def words(at, *more):
    return (
        "shop.yaml", "--mode", "enforce", "--run-task-key", "key", "--run-task-host", f"localhost:{at.port}",
        *more,
    )  # fmt: skip


def asked(at, body, headers=None):
    return at.ask("/run-task", body, headers=signed_task(body) if headers is None else headers)


def result(came):
    assert "Bearer run-token" == came.headers["authorization"]
    assert "application/vnd.api+json" == came.headers["content-type"]
    data = came.document()["data"]
    assert "task-results" == data["type"]
    return data["attributes"]["status"], data["attributes"]["message"], data


def test_a_run_waits_until_its_plan_was_worked_out_and_is_failed(folder, authority):
    """Nobody had asked before: HCP is not told that it cannot be told, but waits for the answer."""
    shutil.rmtree(folder / "tidegate-gate")
    (folder / "shop.yaml").write_text(
        WORLD.replace("kubernetes: apps/v1/Deployment/prod/shop", f"terraform: {GROUP}")
    )
    with place(authority.certificate("hcp"), hcp()) as at, gate(folder, *words(at)) as served:
        body = run_task(at.url)
        assert (200, "") == asked(served, body)
        [came] = at.sent("PATCH", within_s=120)
        status, message, data = result(came)
        assert ("failed", True) == (status, "db accepts 39 connections" in message)
        [outcome] = data["relationships"]["outcomes"]["data"]
        assert ("task-result-outcomes", "grow") == (outcome["type"], outcome["attributes"]["outcome-id"])
        assert [{"label": "Slow down", "level": "warning"}] == outcome["attributes"]["tags"]["Status"]
        assert "Up to 18 at once" in outcome["attributes"]["body"]
        assert (200, "") == asked(served, body), "the same again is answered once"
        time.sleep(0.3)
        assert 1 == len(at.sent("PATCH"))
        said = [one.headers.get("authorization") for one in at.came if one.method == "GET"]
        assert ["Bearer run-token"] * 2 == said, "the host is the same, so its token goes along"
        counted = served.ask("/metrics", method="GET")[1]
        assert 'callbacks_total{became="delivered",caller="run-task"} 1.0' in counted
        assert 'rulings_total{caller="run-task",through="no",verdict="slow_down"} 1.0' in counted
    assert "run-token" not in (folder / "gate.log").read_text()


@pytest.mark.parametrize(
    ("said", "begins"),
    [({}, True), ({"is_speculative": True}, False), ({"stage": "post_apply"}, False)],
)
def test_what_is_passed_counts_as_happening_unless_nothing_is_applied(folder, authority, said, begins):
    """4 to 10 is safe; then another step of 10 to 18 is one from 4."""
    with place(authority.certificate("hcp"), hcp(4, 10)) as at, gate(folder, *words(at)) as served:
        asked(served, run_task(at.url, **said))
        [came] = at.sent("PATCH", within_s=120)
        assert "passed" == result(came)[0]
        step = {
            "system": "terraform",
            "changes": [{"address": "aws_autoscaling_group.shop", "from": 10, "to": 18}],
        }
        after = json.loads(
            served.until_known("/check", json.dumps({**step, "trial": True}).encode(), "worked out")
        )
        assert begins == after["why"].startswith("from 4 "), after


def test_an_advisory_task_is_told_and_counts(folder, authority):
    """What HCP does not hold up happens, whatever was answered."""
    with place(authority.certificate("hcp"), hcp()) as at, gate(folder, *words(at)) as served:
        asked(served, run_task(at.url, task_result_enforcement_level="advisory"))
        [came] = at.sent("PATCH", within_s=120)
        assert "failed" == result(came)[0]
        assert 'rulings_total{caller="run-task",through="yes"' in served.ask("/metrics", method="GET")[1]


@pytest.mark.parametrize("stage", ["pre_plan", "post_plan"])
def test_what_cannot_be_read_is_in_doubt(folder, authority, stage):
    """A stage without a plan, and a plan that is none: as doubt is treated, with the reason."""
    answers = [(200, {}, b'{"data": []}'), OK]

    def answer(came):
        return answers[came.method == "PATCH"]

    with place(authority.certificate("hcp"), answer) as at:
        with gate(folder, *words(at, "--on-doubt", "deny")) as served:
            asked(served, run_task(at.url, stage=stage))
            [came] = at.sent("PATCH")
        status, message, _ = result(came)
        why = "no plan yet at this stage" if stage == "pre_plan" else "is not a Terraform plan"
        assert ("failed", True) == (status, why in message), message


def test_only_what_is_signed_is_believed(folder, authority):
    """A wrong key, a changed body, no signature, the set-up's probe, and what is not HCP's."""
    with place(authority.certificate("hcp"), hcp()) as at, gate(folder, *words(at)) as served:
        body = run_task(at.url)
        for headers in ({}, signed_task(body, "another key of sixteen"), {"X-Tfc-Task-Signature": "é"}):
            assert 401 == asked(served, body, headers)[0]
        assert 401 == asked(served, body + b" ", signed_task(body))[0]
        probe = run_task(at.url, access_token=PROBE)
        assert 401 == asked(served, probe, {})[0]
        assert (200, "") == asked(served, probe)
        for wrong in (b"{", b'{"stage": 1}', run_task(at.url, payload_version=2), b'{"a":1,"a":2}', b"\xff"):
            assert 400 == asked(served, wrong)[0]
        assert 413 == asked(served, b"x" * (2 * 1024 * 1024))[0]
        assert 403 == served.ask("/github", b"{}")[0]
        assert "--github-secret FILE" in served.ask("/github", b"{}")[1]
        time.sleep(0.3)
        assert [] == at.came
    with gate(folder, "shop.yaml") as closed:
        assert (403, True) == (asked(closed, body)[0], "--run-task-key" in asked(closed, body)[1])


@pytest.mark.parametrize("where", ["https://169.254.169.254", "https://localhost:1", "http://localhost", "x"])
def test_nobody_else_is_called_whatever_is_signed(folder, authority, where):
    """A callback or a plan at another host is not asked for, and the token goes nowhere."""
    with place(authority.certificate("hcp"), hcp()) as at, gate(folder, *words(at)) as served:
        asked(served, run_task(at.url, task_result_callback_url=f"{where}/callback"))
        asked(served, run_task(at.url, plan_json_api_url=f"{where}/plan", task_result_id="taskrs-2"))
        [came] = at.sent("PATCH", within_s=120)
        assert "passed" == result(came)[0], "doubt is let through unless it is set otherwise"
        assert "could not be fetched" in result(came)[1]
    assert "allowed" in (folder / "gate.log").read_text() or "https" in (folder / "gate.log").read_text()


def test_a_plan_that_lies_elsewhere_is_not_followed_there(folder, authority):
    def elsewhere(came):
        return OK if came.method == "PATCH" else (307, {"location": "https://127.0.0.1:1/plan"}, b"")

    with place(authority.certificate("hcp"), elsewhere) as at, gate(folder, *words(at)) as served:
        asked(served, run_task(at.url))
        [came] = at.sent("PATCH")
        assert "it leads elsewhere, and 127.0.0.1 is not among the hosts" in result(came)[1]


def test_an_answer_that_does_not_arrive_is_said_again(folder, authority):
    """500 and 429 pass; 401 is heard, and the run may ask anew."""
    statuses = [500, 429, 200, 401, 200]

    def callback(_came):
        return statuses.pop(0), {}, b"{}"

    with (
        place(authority.certificate("hcp"), hcp(callback=callback)) as at,
        gate(folder, *words(at)) as served,
    ):
        asked(served, run_task(at.url))
        assert 3 == len(at.sent("PATCH", within_s=120, count=3))
        again = run_task(at.url, task_result_id="taskrs-2")
        asked(served, again)
        assert 4 == len(at.sent("PATCH", count=4))
        time.sleep(0.5)
        asked(served, again)
        assert 5 == len(at.sent("PATCH", count=5))
        counted = served.ask("/metrics", method="GET")[1]
        assert 'callbacks_total{became="refused",caller="run-task"} 1.0' in counted


def test_a_host_whose_certificate_has_run_out_is_told_nothing(folder, authority):
    with place(authority.certificate("old", days=-1), hcp()) as at, gate(folder, *words(at)) as served:
        asked(served, run_task(at.url))
        time.sleep(1.5)
        assert [] == at.came
        counted = served.ask("/metrics", method="GET")[1]
    assert "callbacks_waiting 1.0" in counted, "it is tried again"
    assert "certificate" in (folder / "gate.log").read_text()


def test_what_waits_as_the_gate_ends_is_answered_with_what_is_known(folder, authority):
    """A gate that is rolled leaves no run waiting for ten minutes."""
    with place(authority.certificate("hcp"), hcp(50, 60)) as at:
        with gate(folder, *words(at, "--on-doubt", "deny")) as served:
            asked(served, run_task(at.url))
            at.sent("GET", count=2)
            time.sleep(0.2)
        [came] = at.sent("PATCH")
        assert ("failed", True) == (result(came)[0], "CANNOT TELL" in result(came)[1])


# -- GitHub --------------------------------------------------------------------------------------------------


@pytest.fixture
def private(folder):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    kind = serialization.PrivateFormat.TraditionalOpenSSL  # as GitHub gives it
    (folder / "app.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption())
    )
    return key


def github(came):
    if came.path.endswith("/access_tokens"):
        return 201, {}, json.dumps({"token": "ghs_1", "expires_at": "2030-01-01T00:00:00Z"}).encode()
    return 204, {}, b""


def rule(at, *more):
    return (
        "shop.yaml", "--mode", "enforce", "--github-secret", "key",
        "--github-host", f"localhost:{at.port}", *more,
    )  # fmt: skip


APP = ("--github-app", "1234", "--github-key", "app.pem")


def event(at, body, headers=None):
    return at.ask("/github", body, headers=headers or signed_event(body))[0]


def claims(token, key):
    head, said, mark = token.split(".")
    key.public_key().verify(
        base64.urlsafe_b64decode(mark + "=="), f"{head}.{said}".encode(), padding.PKCS1v15(), hashes.SHA256()
    )
    assert {"alg": "RS256", "typ": "JWT"} == json.loads(base64.urlsafe_b64decode(head + "=="))
    return json.loads(base64.urlsafe_b64decode(said + "=="))


def test_a_deployment_is_approved_or_rejected_as_the_app(folder, authority, private):
    """The environment's step of the world is 4 to 6; a payload that says more is judged by that."""
    with place(authority.certificate("github"), github) as at, gate(folder, *rule(at, *APP)) as served:
        assert 200 == event(
            served, b'{"zen": "Design for failure."}', signed_event(b'{"zen": "Design for failure."}', "ping")
        )
        assert 200 == event(served, deployment(at.url))
        asked_for, approved = at.sent("POST", within_s=120, count=2)
        assert "/api/v3/app/installations/42/access_tokens" == asked_for.path
        assert {"repositories": ["shop"], "permissions": {"deployments": "write"}} == asked_for.document()
        said = claims(asked_for.headers["authorization"].removeprefix("Bearer "), private)
        assert ("1234", True) == (
            said["iss"],
            0 < said["exp"] - time.time() < 600 and said["iat"] < time.time(),
        )
        assert "/api/v3/repos/acme/shop/actions/runs/7/deployment_protection_rule" == approved.path
        assert "Bearer ghs_1" == approved.headers["authorization"]
        review = approved.document()
        assert ("production", "approved") == (review["environment_name"], review["state"])
        assert 200 == event(served, deployment(at.url)), "it is sent again, and answered once"
        big = {"tidegate": {"changes": [{"address": "prod/shop", "from": 4, "to": 60}]}}
        assert 200 == event(served, deployment(at.url, deployment={"id": 12, "payload": json.dumps(big)}))
        rejected = at.sent("POST", within_s=120, count=4)[-1].document()
        assert "rejected" == rejected["state"]
        assert "18" in rejected["comment"]
        assert 4 == len(at.sent("POST"))
    log = (folder / "gate.log").read_text()
    assert "ghs_1" not in log
    assert KEY not in log


def test_a_deployment_that_nobody_knows_is_in_doubt(folder, authority):
    """With a token of a file; the environment is none that a world states."""
    (folder / "token").write_text("github_pat_0123456789")
    words_ = ("--github-token", "token", "--on-doubt", "deny")
    with place(authority.certificate("github"), github) as at, gate(folder, *rule(at, *words_)) as served:
        event(served, deployment(at.url, environment="staging"))
        [came] = at.sent("POST")
    assert ("rejected", "Bearer github_pat_0123456789") == (
        came.document()["state"],
        came.headers["authorization"],
    )
    assert "no world here knows acme/shop/staging" in came.document()["comment"].replace("\\", "")


def test_only_githubs_own_events_are_answered(folder, authority, private):
    """A wrong secret, a callback of another repository or host, a foreign event, a payload that is none."""
    with place(authority.certificate("github"), github) as at, gate(folder, *rule(at, *APP)) as served:
        body = deployment(at.url)
        for key in ("another key of sixteen", ""):
            assert 401 == event(served, body, signed_event(body, key=key))
        assert 401 == event(served, body, {"X-GitHub-Event": "deployment_protection_rule"})
        way = "/actions/runs/7/deployment_protection_rule"
        for wrong in (
            {"deployment_callback_url": f"{at.url}/api/v3/repos/acme/other{way}"},
            {"deployment_callback_url": f"{at.url}/api/v3/repos/acme/shop/../../other/x{way}"},
            {"deployment_callback_url": f"{at.url}@evil.example/repos/acme/shop{way}"},
            {"deployment_callback_url": f"http://localhost/repos/acme/shop{way}"},
            {"repository": None}, {"environment": ""}, {"installation": {"id": "x"}},
            {"deployment": {"payload": {"tidegate": {"changes": [{"address": "a", "from": 1}]}}}},
            {"deployment": {"payload": {"tidegate": {"changes": [], "override": "x"}}}},
        ):  # fmt: skip
            assert 400 == event(served, deployment(at.url, **wrong)), wrong
        assert 200 == event(served, body, signed_event(body, "push"))
        assert 200 == event(served, deployment(at.url, action="completed"))
        forged = deployment("https://127.0.0.1:1")
        assert 200 == event(served, forged), "it is signed; its host is not among those that are called"
        time.sleep(1.0)
        assert [] == at.came
    assert "127.0.0.1 is not among the hosts" in (folder / "gate.log").read_text()


@pytest.mark.parametrize(
    ("said", "named"),
    [
        (("--run-task-key", "absent"), "No such file"),
        (("--run-task-key", "short"), "at least 16 characters"),
        (("--run-task-host", "tfe.example"), "--run-task-key"),
        (("--run-task-key", "key", "--run-task-host", "https://tfe"), "HOST:PORT"),
        (("--github-secret", "key"), "--github-token"),
        (("--github-secret", "key", "--github-app", "1"), "--github-key"),
        (("--github-secret", "key", "--github-app", "1", "--github-key", "key"), "no private key"),
        (("--github-token", "key"), "--github-secret"),
    ],
)
def test_what_is_set_wrong_is_said_at_the_start(folder, said, named):
    (folder / "short").write_text("x")
    done = subprocess.run(
        [sys.executable, "-m", "tidegate.cli.main", "gate", "shop.yaml", "--listen", "127.0.0.1:0", *said],
        cwd=folder, capture_output=True, text=True, timeout=60, env=dict(os.environ), check=False,
    )  # fmt: skip
    assert (2, True) == (done.returncode, named in done.stderr), done.stderr
    assert "Traceback" not in done.stderr


def test_what_waits_as_the_gate_is_killed_is_answered_by_the_next(folder, authority):
    """Nothing of the request is in a log; its file is the gate's alone, and is gone once it is answered."""
    shutil.rmtree(folder / "tidegate-gate")
    with place(authority.certificate("hcp"), hcp()) as at:
        with contextlib.suppress(AssertionError), gate(folder, *words(at)) as served:
            assert (200, "") == asked(served, run_task(at.url))
            served.process.kill()
            served.process.wait()
        [kept] = (folder / "tidegate-gate" / "awaited").iterdir()
        assert 0o600 == kept.stat().st_mode & 0o777
        assert [] == at.sent("PATCH", within_s=0.1)
        keep_limits(folder / "tidegate-gate")
        with gate(folder, *words(at)) as served:
            [came] = at.sent("PATCH", within_s=120)
            assert "failed" == result(came)[0]
            assert "run-token" not in (folder / "gate.log").read_text()
        assert [] == list((folder / "tidegate-gate" / "awaited").iterdir())
