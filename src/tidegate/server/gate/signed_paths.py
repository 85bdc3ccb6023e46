"""Which paths take signed requests? Those of callers that are called back; closed until their key is set."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tidegate.adapters.files.secret_text import SecretText
from tidegate.adapters.telemetry.allowed_http import AllowedHttp, read_hosts
from tidegate.adapters.telemetry.github_app import GithubApp
from tidegate.errors import Fault, InputError
from tidegate.gate.asking.body_signature import Digest, is_signed
from tidegate.gate.asking.contracts import github, run_task
from tidegate.gate.asking.message import Heard
from tidegate.server.access.request_body import read_body
from tidegate.server.gate import waiting_deployment, waiting_run
from tidegate.server.gate.awaited_on_disk import AwaitedOnDisk, KeptRequest
from tidegate.server.gate.calling_back import CallingBack, Waiter
from tidegate.server.gate.waiting_deployment import WaitingDeployment
from tidegate.server.gate.waiting_run import WaitingRun

if TYPE_CHECKING:
    from tidegate.world.world import World

_LOG = logging.getLogger("tidegate.gate")
MOST_BYTES = 1024 * 1024
_PLAN_WITHIN_S = 60.0
_LATER_S = 30
_NO_KEY = "this gate has no key to check the signature with: start it with {}"


@dataclass(frozen=True, kw_only=True)
class SignedSetting:
    """How signed requests are checked and answered.

    Parameters
    ----------
    run_task_key, run_task_hosts
        The file of the key of run tasks, and the hosts they are called back at; empty where there are none.
    github_secret, github_hosts
        The same of GitHub's webhooks.
    github_app, github_key, github_token
        The App and the file of its private key, or the file of a token.
    """

    run_task_key: str = ""
    run_task_hosts: tuple[str, ...] = ()
    github_secret: str = ""
    github_hosts: tuple[str, ...] = ()
    github_app: str = ""
    github_key: str = ""
    github_token: str = ""


@dataclass(frozen=True, kw_only=True)
class SignedPath:
    """One path.

    Parameters
    ----------
    path, caller
        Where, and as whom it is counted.
    option
        By which its key is set.
    key
        The key; None where there is none, and the path is closed.
    header, prefix, digest
        Where the signature stands, what stands before it, and by which hash it is made.
    read
        Returns what is awaited, or None where a request asks nothing.
    """

    path: str
    caller: str
    option: str
    key: SecretText | None
    header: str
    prefix: str
    digest: Digest
    read: Callable[[Heard], Waiter | None]


def signed_paths(
    setting: SignedSetting, worlds: Callable[[], Sequence[World]], clock: Callable[[], float]
) -> tuple[SignedPath, ...]:
    """Return the paths.

    Parameters
    ----------
    setting
        How they are set.
    worlds
        Gives the worlds that are asked about.
    clock
        Gives the seconds since 1970.

    Raises
    ------
    InputError
        If a key cannot be read, or a host is none.
    """
    faults = tuple(_faults(setting))
    if faults:
        raise InputError(*faults)
    return (_of_run_tasks(setting), _of_github(setting, worlds, clock))


def _faults(setting: SignedSetting) -> Iterator[Fault]:
    """Yield what is set and would do nothing, and what is missing beside it."""
    if setting.run_task_hosts and not setting.run_task_key:
        yield Fault(what="is missing", path="--run-task-key", allowed="a file, as hosts are named")
    answers = (setting.github_app, setting.github_key, setting.github_token)
    if not setting.github_secret and (any(answers) or setting.github_hosts):
        yield Fault(what="is missing", path="--github-secret", allowed="the file of the webhook's secret")
    if bool(setting.github_app) != bool(setting.github_key):
        missing = "--github-key" if setting.github_app else "--github-app"
        yield Fault(what="is missing", path=missing, allowed="an App's id and its private key")
    if setting.github_secret and not any(answers):
        allowed = "an App with its key, or --github-token"
        yield Fault(what="is missing", path="--github-app", allowed=allowed)
    if setting.github_token and (setting.github_app or setting.github_key):
        yield Fault(what="is set beside an App", path="--github-token", allowed="one of them")


def _of_run_tasks(setting: SignedSetting) -> SignedPath:
    hosts = read_hosts(setting.run_task_hosts, "--run-task-host")
    http = AllowedHttp(usual=waiting_run.HOSTS, named=hosts, timeout_s=_PLAN_WITHIN_S)

    def read(heard: Heard) -> Waiter | None:
        task = run_task.read_run_task(heard)
        return None if task is None else WaitingRun(task, http)

    option = "--run-task-key"
    return SignedPath(
        path="/run-task", caller="run-task", option=option, key=_key(setting.run_task_key, option),
        header=run_task.SIGNATURE, prefix="", digest="sha512", read=read,
    )  # fmt: skip


def _of_github(
    setting: SignedSetting, worlds: Callable[[], Sequence[World]], clock: Callable[[], float]
) -> SignedPath:
    hosts = read_hosts(setting.github_hosts, "--github-host")
    http = AllowedHttp(usual=waiting_deployment.HOSTS, named=hosts, timeout_s=_PLAN_WITHIN_S)
    credential: GithubApp | SecretText | None = _key(setting.github_token, "--github-token")
    if setting.github_app and (key := _key(setting.github_key, "--github-key")) is not None:
        credential = GithubApp(setting.github_app, key, clock)

    def read(heard: Heard) -> Waiter | None:
        deployment = github.read_deployment(heard)
        if deployment is None or credential is None:
            return None
        return WaitingDeployment(deployment, worlds, http, credential)

    option = "--github-secret"
    return SignedPath(
        path="/github", caller=github.NAME, option=option, key=_key(setting.github_secret, option),
        header=github.SIGNATURE, prefix="sha256=", digest="sha256", read=read,
    )  # fmt: skip


def _key(path: str, option: str) -> SecretText | None:
    return SecretText(path, option) if path else None


def signed_routes(
    paths: Sequence[SignedPath],
    calling: CallingBack,
    refused: Callable[[str], None],
    took: Callable[[str, float], None],
    kept: AwaitedOnDisk,
) -> tuple[Route, ...]:
    """Return a route for each path.

    Parameters
    ----------
    paths
        The paths.
    calling
        Takes in what is awaited.
    refused, took
        Called with the caller of a request that is refused, and with how long an answer took.
    kept
        Keeps what is awaited until it is answered.
    """
    return tuple(_route(one, calling, refused, took, kept) for one in paths)


def take_up_again(
    paths: Sequence[SignedPath], calling: CallingBack, kept: AwaitedOnDisk, now_s: float
) -> None:
    """Take in what was awaited when the gate before this one ended; what nobody waits for any more is left.

    Parameters
    ----------
    paths, calling, kept
        As for `signed_routes`.
    now_s
        Seconds since 1970.
    """
    by_path = {one.path: one for one in paths if one.key is not None}
    for key, request in kept.all():
        at = by_path.get(request.path)
        try:
            awaited = None if at is None else at.read(request.heard)
        except InputError:
            awaited = None
        if awaited is not None:
            awaited.within_s -= max(now_s - request.at_s, 0.0)
        if awaited is None or awaited.within_s <= 0.0 or not calling.take(awaited):
            _LOG.warning("what was awaited is left", extra={"path": request.path})
            kept.drop(key)


def _route(
    at: SignedPath,
    calling: CallingBack,
    refused: Callable[[str], None],
    took: Callable[[str, float], None],
    kept: AwaitedOnDisk,
) -> Route:
    def refusal(status: int, why: str) -> Response:
        refused(at.caller)
        _LOG.warning("a request was refused", extra={"caller": at.caller, "why": why[:500]})
        return PlainTextResponse(f"{why}\n", status_code=status)

    async def answer(request: Request) -> Response:
        began_s = time.perf_counter()
        body = await read_body(request, MOST_BYTES + 1)
        found = _answered(at, Heard(body=body, headers=dict(request.headers)), calling, refusal, kept)
        took(at.caller, time.perf_counter() - began_s)
        return found

    return Route(at.path, answer, methods=["POST"])


def _answered(
    at: SignedPath,
    heard: Heard,
    calling: CallingBack,
    refusal: Callable[[int, str], Response],
    kept: AwaitedOnDisk,
) -> Response:
    if at.key is None:
        return refusal(403, _NO_KEY.format(f"{at.option} FILE"))
    if len(heard.body) > MOST_BYTES:
        return refusal(413, f"the body is larger than {MOST_BYTES // 1024**2} MiB")
    said = heard.headers.get(at.header, "")
    mark = said.removeprefix(at.prefix)
    is_whole = said.startswith(at.prefix) and is_signed(heard.body, mark, at.key.text.encode(), at.digest)
    if not is_whole:
        return refusal(401, f"{at.header} is not the signature of this body by the key of {at.option}")
    try:
        awaited = at.read(heard)
    except InputError as error:
        return refusal(400, str(error))
    if awaited is not None and not _taken(awaited, at, heard, calling, kept):
        busy = refusal(503, "so much is awaited already that no more is taken in")
        busy.headers["retry-after"] = str(_LATER_S)
        return busy
    return PlainTextResponse("")


def _taken(awaited: Waiter, at: SignedPath, heard: Heard, calling: CallingBack, kept: AwaitedOnDisk) -> bool:
    """Take a question in, on the disk first; return False where there are too many."""
    if calling.knows(awaited.key):
        return True
    kept.keep(awaited.key, KeptRequest(path=at.path, heard=heard, at_s=time.time()))
    is_taken = calling.take(awaited)
    if not is_taken:
        kept.drop(awaited.key)
    return is_taken
