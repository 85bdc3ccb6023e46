"""How does an AWS SDK write its share of a protection? Shared config file and environment; write and read.

Both state the retry mode and the number of attempts. Everything else of a mode (pauses, jitter, token bucket)
is fixed by the SDK; time-outs and pool size are arguments in the program's own code.

Shortcut: mode adaptive is read as standard; its rate limiter in the client is not modelled.
"""

from __future__ import annotations

import re
from typing import Any

from tidegate.protect.adopted import Adopted, Findings, Subjects
from tidegate.protect.config_file import Addresses, Draft, Written, identifier, short
from tidegate.protect.protection import Protection
from tidegate.protect.targets.retry_layer import Innermost
from tidegate.protect.targets.speaking import holds, unsure
from tidegate.world.catalogue import entries
from tidegate.world.file.nearest_name import nearest
from tidegate.world.file.read import from_document
from tidegate.world.retry import RetryLayer
from tidegate.world.world import WorldFile

TARGET = "aws"
MODES = {"standard": "botocore-standard", "adaptive": "botocore-standard", "legacy": "botocore-legacy"}
"""The catalogue's policy for each retry mode."""

_BELONGS = "is not the business of an SDK; give it to the device, the service or the scaler"
_SPEAKS = ("http",)
_ARGUMENTS = {
    "timeout": "read_timeout",
    "connect_timeout": "connect_timeout",
    "pool": "max_pool_connections",
}
_NAMED = re.compile(r"clients\.([^\s.]+)\.")
_WHOLE = re.compile(r"\d{1,6}", re.ASCII)
_SECTION = re.compile(r"\[\s*(?:(?P<kind>profile|sso-session|services)\s+)?(?P<name>[^\]\s]+)\s*\]")
_NO_PROFILES = frozenset({"sso-session", "services"})
_PAIR = re.compile(r"([^=\s]+)\s*=\s*(.*?)\s*")
_VARIABLES = {"AWS_MAX_ATTEMPTS": "max_attempts", "AWS_RETRY_MODE": "retry_mode"}
_NESTED = frozenset({"max_concurrent_requests", "max_queue_size", "max_bandwidth"})
_OTHERS = frozenset({"defaults_mode", "cli_connect_timeout", "cli_read_timeout", "retries"})


def write(protection: Protection, file: WorldFile, addresses: Addresses | None = None) -> Written:
    """Return a shared config file and an environment file for each population of clients.

    Parameters
    ----------
    protection
        What is to be said.
    file
        The world it protects.
    addresses
        Not needed.
    """
    del addresses
    draft = Draft(TARGET, protection, file)
    for name in protection.subjects("clients"):
        _clients(draft, name)
    return draft.written(_BELONGS)


def _clients(draft: Draft, name: str) -> None:
    if not holds(draft, name, _SPEAKS, "an AWS SDK speaks HTTP"):
        return
    inner = Innermost(draft, name)
    for key, argument in _ARGUMENTS.items():
        element = draft.find(inner.at + key)
        if element is not None:
            why = f"is an argument in the program: Config({argument}={element.value:g})"
            draft.refuse(element.path, why)
    mode = "legacy" if inner.clients.retry.name.startswith("botocore-legacy") else "standard"
    attempts = inner.attempts_count
    if attempts is None:
        inner.refuse("attempts", "an SDK cannot try without limit")
        inner.refuse("retries", "an SDK cannot try without limit")
    else:
        inner.said("attempts", "retries")
    _fixed(inner, mode)
    inner.finish()
    if not inner.comments or attempts is None:
        return
    comments = [f"# {text}" for text in inner.comments]
    head = f"The retries of the clients {short(name)} (world {short(draft.world.name)})."
    word = identifier(name)
    config = [f"# {head} Part of ~/.aws/config.", "[default]", *comments, f"retry_mode = {mode}"]
    unsure(draft, name, _SPEAKS)
    draft.add(f"{word}.aws-config.ini", "\n".join([*config, f"max_attempts = {attempts}"]) + "\n")
    environment = [f"# {head} They go before the config file.", *comments]
    settings = [f"AWS_RETRY_MODE={mode}", f"AWS_MAX_ATTEMPTS={attempts}"]
    draft.add(f"{word}.aws.env", "\n".join([*environment, *settings]) + "\n")
    draft.note("One of the two AWS files is enough; SDKs in other languages read the same names.")


def _fixed(inner: Innermost, mode: str) -> None:
    """State what the mode does besides counting attempts."""
    layer = _mode_layer(mode)
    why = f"is fixed by retry mode {mode}"
    values: dict[str, Any] = {
        "backoff": layer.backoff,
        "base": layer.base_s,
        "multiplier": layer.multiplier_ratio,
        "floor": layer.floor_s,
        "cap": layer.cap_s,
        "jitter": layer.jitter,
        "deadline": layer.deadline_s,
    }
    for key, value in values.items():
        inner.fixed(key, value, why)
    if inner.layer is not None and inner.layer.budget != layer.budget:
        inner.refuse("budget", why)
        for element in inner.draft.below(f"{inner.at}retry.layers.0.budget"):
            inner.draft.refuse(element.path, why)
    elif inner.layer is not None:
        for element in inner.draft.below(f"{inner.at}retry.layers.0.budget"):
            inner.said(element.path.partition("layers.0.")[2])
    inner.fixed("breaker", None, "an SDK has no breaker")
    for element in inner.draft.below(f"{inner.at}retry.layers.0.breaker"):
        inner.draft.refuse(element.path, "an SDK has no breaker")


def _mode_layer(mode: str) -> RetryLayer:
    """Return the catalogue's layer of a retry mode."""
    policy = entries.retry_policies()[MODES[mode]]
    world = from_document({"retry_policies": {"mode": policy["layers"]}}, "catalogue").world
    return world.retry_policies["mode"].layers[0]


def read(text: str, source: str, subjects: Subjects) -> Adopted:
    """Return what a shared config file, or an environment file, says about a population of clients.

    Parameters
    ----------
    text
        Sections with `name = value`, or lines of `NAME=value`.
    source
        Its name.
    subjects
        Which clients use it.

    Raises
    ------
    InputError
        With every fault of the text, each with its line.
    """
    findings = Findings(TARGET, source, subjects)
    settings: dict[str, dict[str, tuple[str, int]]] = {}
    section, skips = "", False
    for number, row in enumerate(text.splitlines(), start=1):
        line = row.strip().removeprefix("export ").strip()
        if not line or line.startswith(("#", ";")):
            continue
        head, pair = _SECTION.fullmatch(line), _PAIR.fullmatch(line)
        if head is not None:
            section, skips = head["name"], head["kind"] in _NO_PROFILES
        elif skips:
            continue
        elif pair is None:
            findings.fault(number, "is no setting", value=line, allowed="[profile NAME], or NAME = VALUE")
        elif row[:1] in {" ", "\t"} and pair[1] not in _VARIABLES and section:
            if pair[1] in _NESTED:
                findings.ignore(
                    number, line, "of the transfers of one service, and not how clients try again"
                )
        else:
            _setting(findings, settings.setdefault(section, {}), pair[1], pair[2].strip("\"'"), number)
    _choose(findings, settings, text)
    return findings.adopted()


def _choose(findings: Findings, settings: dict[str, dict[str, tuple[str, int]]], text: str) -> None:
    """Take the profile that was asked for, or the default one; tell the others."""
    asked = findings.chosen_part(name for name, values in settings.items() if values and name)
    chosen = next((name for name in (asked or "default", "", *settings) if settings.get(name)), None)
    for name, values in settings.items():
        if name != chosen and values:
            line_number = min(number for _, number in values.values())
            findings.ignore(line_number, f"[{name}]", f"one population has one profile; [{chosen}] is taken")
    if chosen is not None:
        named = _NAMED.search(text)
        _found(findings, settings[chosen], named[1] if named else "")


def _setting(
    findings: Findings, values: dict[str, tuple[str, int]], name: str, value: str, number: int
) -> None:
    key = _VARIABLES.get(name, name)
    if key == "max_attempts" and (not _WHOLE.fullmatch(value) or int(value) < 1):
        findings.fault(number, "max_attempts is no number of attempts", value=value, allowed="1 or more")
    elif key == "retry_mode" and value.lower() not in MODES:
        near = nearest(value, MODES)
        allowed = ", ".join(MODES) + (f"; did you mean {near}?" if near else "")
        findings.fault(number, "is no retry mode", value=value, allowed=allowed)
    elif key in {"max_attempts", "retry_mode"}:
        values[key] = (value.lower(), number)
    elif key in _OTHERS:
        findings.ignore(number, f"{name} = {value}", "is not how clients try again")


def _found(findings: Findings, values: dict[str, tuple[str, int]], written: str) -> None:
    mode = values.get("retry_mode", ("standard", 0))[0]
    number = min(number for _, number in values.values())
    name = findings.clients(number, written, str)
    if not name:
        return
    policy: dict[str, Any] = {"name": MODES[mode]}
    if mode == "adaptive":
        why = "a rate that the client keeps by itself, and finds as it goes: not described"
        findings.ignore(number, "retry_mode = adaptive", why)
    if "retry_mode" not in values:
        why = "no retry_mode beside it: standard is taken, and some SDKs go by `legacy` (5 attempts) unasked"
        findings.ignore(number, f"max_attempts = {values['max_attempts'][0]}", why)
    if "max_attempts" in values:
        policy["attempts"] = int(values["max_attempts"][0])
    words = ", ".join(f"{key} = {value}" for key, (value, _) in values.items())
    findings.found(f"clients.{name}.retry", policy, words, number)
