"""A run of Terraform that waits: its plan is fetched and read, and its result is sent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from tidegate.adapters.telemetry.allowed_http import AllowedHttp
from tidegate.adapters.telemetry.guarded_http import Answer
from tidegate.errors import InputError
from tidegate.gate.asking.contracts.run_task import MEDIA_TYPE, RunTask, progress, result
from tidegate.gate.asking.intent import Intent
from tidegate.gate.asking.message import Asked
from tidegate.gate.asking.ruling import Policy, Ruling
from tidegate.gate.change.plan import Plan
from tidegate.gate.terraform.plan import read_plan

HOSTS = (("app.terraform.io", 443), ("archivist.terraform.io", 443))
"""Of HCP Terraform: the second is where its plans lie, to which the first leads."""
WITHIN_S = 3_000.0
"""HCP waits for an hour in all; the rest is for fetching and for saying it again."""
MOST_PLAN_BYTES = 64 * 1024 * 1024


class WaitingRun:
    """A run that waits.

    Parameters
    ----------
    task
        What was asked.
    http
        Asks the hosts that are allowed.
    """

    caller = "run-task"

    def __init__(self, task: RunTask, http: AllowedHttp) -> None:
        self._task, self._http = task, http
        self.within_s = WITHIN_S
        self.key = f"run-task {task.result}"
        self.holds = not task.is_advisory
        self.is_sure = task.stage == "pre_apply"  # a plan may still be discarded

    async def question(self) -> tuple[Intent, Ruling | None]:
        """Return what the plan changes; what cannot be fetched or read is in doubt."""
        task = self._task
        if task.stage == "post_apply":
            return self._intent(Plan(changes=())), None
        if task.stage == "pre_plan" or not task.plan_url:
            return self._doubt("there is no plan yet at this stage: let the task run after the plan.")
        said = {"authorization": f"Bearer {task.token}"}
        answer = await asyncio.to_thread(
            self._http.follow, task.plan_url, headers=said, most_bytes=MOST_PLAN_BYTES + 1
        )
        if not answer.is_ok or answer.status_count == 204:
            why = answer.why or f"it was answered with {answer.status_count}"
            return self._doubt(f"the plan could not be fetched: {why}.")
        if len(answer.body) > MOST_PLAN_BYTES:
            return self._doubt(f"the plan is larger than {MOST_PLAN_BYTES // 1024**2} MiB.")
        try:
            return self._intent(await asyncio.to_thread(_read, answer.body)), None
        except InputError as error:
            return self._doubt(f"the plan could not be read: {error}.")

    async def progress(self, ruling: Ruling) -> None:
        """Say that it goes on; HCP gives up after ten minutes without a word."""
        await self._send(progress(f"Tidegate is working it out: {ruling.why}"))

    async def answer(self, asked: Asked, policy: Policy) -> Answer:
        """Send the result."""
        return await self._send(result(asked, policy))

    async def _send(self, document: Mapping[str, Any]) -> Answer:
        said = {
            "authorization": f"Bearer {self._task.token}",
            "content-type": MEDIA_TYPE,
            "accept": MEDIA_TYPE,
        }
        body = json.dumps(document).encode()
        return await asyncio.to_thread(
            self._http.ask, "PATCH", self._task.callback_url, headers=said, body=body
        )

    def _intent(self, plan: Plan) -> Intent:
        task = self._task
        asked_by = " ".join(filter(None, (task.asked_by, task.workspace, task.run)))
        return Intent(
            caller=self.caller,
            plan=plan,
            reference=task.result,
            asked_by=asked_by,
            is_trial=task.is_speculative,
        )

    def _doubt(self, why: str) -> tuple[Intent, Ruling]:
        return self._intent(Plan(changes=(), doubts=(why,))), Ruling(verdict="cannot_tell", why=why)


def _read(body: bytes) -> Plan:
    return read_plan(body.decode("utf-8", "replace"), "the plan of the run")
