"""Run tasks of HCP Terraform and Terraform Enterprise: asked about a plan, and called back with the answer.

The request is signed (HMAC-SHA512 of the body in `X-Tfc-Task-Signature`) and answered with 200 at once. The
plan is fetched from `plan_json_api_url`, and the result is sent to `task_result_callback_url`, both with the
`access_token` of the request. HCP waits ten minutes for a first or further word, and an hour in all. A task
that is set up is tried with the token `test-token`, which asks nothing.

What goes before a plan has nothing to judge, what comes after an apply has happened. A plan that may be
discarded counts as happening, save where that would make it what the world states again. A task that is only
advisory holds nothing up, whatever it answers.

Source: HashiCorp's run tasks integration API, and their run task scaffolding in Go.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tidegate.errors import Fault, InputError
from tidegate.gate.asking.message import Asked, Heard
from tidegate.gate.asking.outcome_text import markdown_of
from tidegate.gate.asking.ruling import Mode, Policy, Ruling

SIGNATURE = "x-tfc-task-signature"
MEDIA_TYPE = "application/vnd.api+json"
STAGES = ("pre_plan", "post_plan", "pre_apply", "post_apply")
_TRIES_THE_WAY = "test-token"
_LONGEST = 1_000
_LEVELS = {"proceed": "info", "cannot_tell": "warning", "slow_down": "warning", "stop": "error"}
_NO_MORE_THAN_SEEN = "Tidegate looks on, and holds nothing up."
_TOKEN = re.compile(r"[\x21-\x7e]{1,4000}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class RunTask:
    """A run that waits for an answer.

    Parameters
    ----------
    result
        What HCP calls the result that it waits for.
    stage
        One of `STAGES`.
    token
        By which the plan is fetched and the answer given; good for this run alone.
    callback_url, plan_url
        Where the answer goes, and where the plan is; the second is empty where the stage has none.
    run, workspace, asked_by
        Which run of which workspace that is, and who began it.
    is_speculative, is_advisory
        Whether nothing is applied whatever is answered, and whether the answer holds nothing up.
    """

    result: str
    stage: str
    token: str = field(repr=False)
    callback_url: str
    plan_url: str = ""
    run: str = ""
    workspace: str = ""
    asked_by: str = ""
    is_speculative: bool = False
    is_advisory: bool = False


def read_run_task(heard: Heard) -> RunTask | None:
    """Return what a request asks; None where it only tries the way.

    Raises
    ------
    InputError
        With all that is not as HCP sends it.
    """
    document = heard.document()
    if document.get("access_token") == _TRIES_THE_WAY:
        return None
    faults: list[Fault] = []
    version = document.get("payload_version")
    if version != 1 or isinstance(version, bool):
        faults.append(Fault(what="is no version known here", path="payload_version", allowed="1"))
    said = {
        key: _text(document, key, faults)
        for key in ("task_result_id", "stage", "access_token", "task_result_callback_url")
    }
    more = {
        key: _text(document, key, faults, may_be_missing=True)
        for key in (
            "plan_json_api_url", "run_id", "workspace_name", "organization_name", "run_created_by",
            "task_result_enforcement_level",
        )
    }  # fmt: skip
    if said["stage"] and said["stage"] not in STAGES:
        faults.append(Fault(what="is no stage", path="stage", allowed=", ".join(STAGES)))
    if said["access_token"] and not _TOKEN.fullmatch(said["access_token"]):
        faults.append(Fault(what="is no token", path="access_token", allowed="one of letters and digits"))
    is_speculative = document.get("is_speculative", False)
    if not isinstance(is_speculative, bool):
        faults.append(Fault(what="is no truth value", path="is_speculative", allowed="true, false"))
    if faults:
        raise InputError(*faults)
    return RunTask(
        result=said["task_result_id"],
        stage=said["stage"],
        token=said["access_token"],
        callback_url=said["task_result_callback_url"],
        plan_url=more["plan_json_api_url"],
        run=more["run_id"],
        workspace="/".join(filter(None, (more["organization_name"], more["workspace_name"]))),
        asked_by=more["run_created_by"],
        is_speculative=is_speculative is True,
        is_advisory=more["task_result_enforcement_level"] == "advisory",
    )


def _text(document: Mapping[str, Any], key: str, faults: list[Fault], *, may_be_missing: bool = False) -> str:
    found = document.get(key)
    if found is None and may_be_missing:
        return ""
    if isinstance(found, str) and len(found) <= 4_000 and (found or may_be_missing):
        return found
    faults.append(Fault(what="is missing" if not found else "is no text", path=key, allowed="a text"))
    return ""


def progress(text: str) -> Mapping[str, Any]:
    """Return what is said while the answer is looked for, before HCP gives up."""
    return _result("running", text)


def result(asked: Asked, policy: Policy) -> Mapping[str, Any]:
    """Return the answer to a run."""
    ruling, is_held = asked.ruling, asked.is_held_up(policy)
    if policy.mode is Mode.PREVIEW:
        return _result("passed", _NO_MORE_THAN_SEEN)
    document = _result("failed" if is_held else "passed", ruling.headline)
    document["data"]["relationships"] = {"outcomes": {"data": [_outcome(ruling)]}}
    return document


def _result(status: str, message: str) -> dict[str, Any]:
    attributes = {"status": status, "message": " ".join(message.split())[:_LONGEST]}
    return {"data": {"type": "task-results", "attributes": attributes}}


def _outcome(ruling: Ruling) -> Mapping[str, Any]:
    word = ruling.verdict.replace("_", " ").capitalize()
    tags = {"Status": [{"label": word, "level": _LEVELS[ruling.verdict]}]}
    about = {
        "outcome-id": ruling.activity or "tidegate", "description": f"{word}: {ruling.world or 'no world'}",
        "body": markdown_of(ruling), "tags": tags,
    }  # fmt: skip
    return {"type": "task-result-outcomes", "attributes": about}
