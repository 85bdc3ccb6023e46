"""How does HikariCP, the pool of Java's data sources, write a pool of connections? Write and read.

As properties, and as `spring.datasource.hikari` for Spring Boot. A pool with `minimumIdle` of 0 and
`initializationFailTimeout` of -1 opens connections as they are needed; any other opens `minimumIdle` as it
starts.

Shortcut: `minimumIdle` counts idle connections, and a world's `least` all of them: a busy pool opens more.
"""

from __future__ import annotations

import re

import yaml

from tidegate.protect.adopted import Adopted, Findings, Subjects
from tidegate.protect.config_file import Addresses, Draft, Written
from tidegate.protect.protection import Protection
from tidegate.protect.targets.app_pools import AGE, AppPool, Stated, adopt_pool, age_rows, app_pools
from tidegate.world.world import WorldFile

TARGET = "hikaricp"
PROTOCOLS = ("postgres", "mysql")
_BELONGS = "is not the business of a pool of connections; give it to the client, the device or the scaler"
_LEAST_WAIT_MS = 250  # less is refused
_LEAST_IDLE_MS = 10_000  # less becomes ten minutes
_LEAST_AGE_MS = 30_000  # less becomes half an hour
_JITTER = "HikariCP draws it itself: each connection becomes up to 2.5 % less old than maxLifetime"
_MOST_MS = 2**31 - 1
_MOST_IDLE_MS = 30 * 60 * 1000 - 1000  # nearer to maxLifetime (30 min, where nothing is said) it is 0
_USUAL_MOST = 10
_PREFIX = "spring.datasource.hikari."
_PAIR = re.compile(r"\s*([\w.-]+)\s*[=:]\s*(.*?)\s*", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,12}", re.ASCII)
_NAMES = {
    "maximumpoolsize": "maximumPoolSize",
    "minimumidle": "minimumIdle",
    "connectiontimeout": "connectionTimeout",
    "idletimeout": "idleTimeout",
    "initializationfailtimeout": "initializationFailTimeout",
    "maxlifetime": "maxLifetime",
}
"""HikariCP's own names, by their letters: Spring writes them with dashes."""

_OTHERS = {
    "keepalivetime": "a world has no key for it",
    "leakdetectionthreshold": "a world has no key for it",
    "validationtimeout": "a world has no key for it",
}


def write(protection: Protection, file: WorldFile, addresses: Addresses | None = None) -> Written:
    """Return properties, and the same for Spring Boot, for each pool that something is said of.

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
    for one in app_pools(draft, PROTOCOLS, "HikariCP"):
        _write(draft, one)
    return draft.written(_BELONGS)


def _write(draft: Draft, one: AppPool) -> None:
    rows = [
        *_sizes(draft, one),
        *_wait(draft, one),
        *_idle(draft, one),
        *((said, "maxLifetime", value) for said, value in age_rows(draft, one, _LEAST_AGE_MS, 1e-3, _JITTER)),
    ]
    head = f"# {one.title}."
    properties = [head, "# For HikariConfig, beside the address of the database."]
    spring = [f"{head} Part of application.yaml.", "spring:", "  datasource:", "    hikari:"]
    for said, name, value in rows:
        properties += [*said, f"{name}={value}"]
        dashed = re.sub("[A-Z]", lambda found: f"-{found[0].lower()}", name)
        spring += [*(f"      {line}" for line in said), f"      {dashed}: {value}"]
    draft.add(f"{one.word}.hikari.properties", "\n".join(properties) + "\n")
    draft.add(f"{one.word}.hikari.yaml", "\n".join(spring) + "\n")
    draft.note("One of the two HikariCP files is enough; where several processes pool, they count together.")


Row = tuple[list[str], str, int]


def _sizes(draft: Draft, one: AppPool) -> list[Row]:
    """Return how many connections there are, and which are opened at the start."""
    pool = one.pool
    for key in ("most", "least", "opened"):
        if key in one.elements:
            draft.say(one.paths[key])
    least = min(pool.kept_count, pool.most_count)
    if pool.least_count != least and "least" in one.paths:
        why = f"HikariCP has a number up to maximumPoolSize: minimumIdle = {least} is written"
        draft.refuse(one.paths["least"], why)
    rows: list[Row] = [
        (one.comments("most"), "maximumPoolSize", pool.most_count),
        (one.comments("least", "opened"), "minimumIdle", least),
    ]
    if pool.opened == "lazy" and least == 0:
        rows.append(([], "initializationFailTimeout", -1))
    elif pool.opened == "lazy":
        why = f"HikariCP opens minimumIdle = {least} as it starts; least = 0 lets it open none"
        draft.refuse(one.paths["opened"], why)
        draft.note(f"{one.paths['most'].removesuffix('.most')}: {why}.")
    elif least == 0:
        draft.refuse(one.paths["opened"], "HikariCP opens minimumIdle as it starts, and that is 0")
    return rows


def _wait(draft: Draft, one: AppPool) -> list[Row]:
    wait_s = one.pool.wait_s
    if wait_s is None:
        if "wait" in one.elements:
            draft.refuse(one.paths["wait"], "HikariCP always ends the wait (connectionTimeout)")
        if "wait" in one.paths:
            draft.note("Without connectionTimeout HikariCP lets who finds no connection wait 30 s.")
        return []
    return [(one.comments("wait"), "connectionTimeout", _ms(draft, one, "wait", wait_s, _LEAST_WAIT_MS))]


def _idle(draft: Draft, one: AppPool) -> list[Row]:
    idle_s, pool = one.pool.idle_timeout_s, one.pool
    if idle_s is None:
        if "idle_timeout" in one.elements:
            draft.say(one.paths["idle_timeout"])
        return [(one.comments("idle_timeout"), "idleTimeout", 0)] if "idle_timeout" in one.paths else []
    if pool.kept_count >= pool.most_count and "idle_timeout" in one.elements:
        draft.say(one.paths["idle_timeout"])
    most_ms = _MOST_IDLE_MS
    if one.age_s is not None:  # an idle time that is near the age is none
        most_ms = max(min(most_ms, round(one.age_s * 1000.0) - 1000), _LEAST_IDLE_MS)
    value = _ms(draft, one, "idle_timeout", idle_s, _LEAST_IDLE_MS, most_ms)
    return [(one.comments("idle_timeout"), "idleTimeout", value)]


def _ms(draft: Draft, one: AppPool, key: str, value_s: float, least_ms: int, most_ms: int = _MOST_MS) -> int:
    """Return a time as HikariCP writes it, and say or refuse the element it is of."""
    value_ms = min(max(round(value_s * 1000.0), least_ms), most_ms)
    element, off_s = one.elements.get(key), abs(value_ms / 1000.0 - value_s)
    if off_s > 1.0:
        ends = f"{least_ms} ms at least" if value_ms == least_ms else f"{most_ms} ms at most"
        draft.refuse(one.paths[key], f"HikariCP takes {ends}; that is written")
        return value_ms
    draft.say(one.paths[key])
    if off_s > 1e-9:
        draft.rounded(element, f"{value_ms} ms")
    return value_ms


def read(text: str, source: str, subjects: Subjects) -> Adopted:
    """Return what properties, or a YAML file of Spring Boot, say of a pool.

    Parameters
    ----------
    text
        The configuration.
    source
        Its name.
    subjects
        Whose pool it is, where the text does not say so.

    Raises
    ------
    InputError
        With every fault of the text, each with its line.
    """
    findings = Findings(TARGET, source, subjects)
    rows: dict[str, Stated] = {}
    for name, value, line in _settings(text, findings):
        letters = re.sub("[-_]", "", name).lower()
        words = f"{name} = {value}"
        if letters in _OTHERS:
            findings.ignore(line, words, _OTHERS[letters])
        elif letters not in _NAMES:
            continue
        elif not _WHOLE.fullmatch(value):
            findings.fault(line, f"{name} is no whole number", value=value)
        else:
            rows[_NAMES[letters]] = Stated(value=int(value), words=words, line=line)
    adopt_pool(findings, text, _found(findings, rows), PROTOCOLS, _USUAL_MOST)
    return findings.adopted()


def _settings(text: str, findings: Findings) -> list[tuple[str, str, int]]:
    """Return the pool's own settings, whichever of the two ways they are written."""
    if re.search(r"^\s*hikari\s*:\s*(#.*)?$", text, re.MULTILINE):
        return list(_nested(text, findings))
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        pair = _PAIR.fullmatch(line)
        if pair is None or line.strip().startswith(("#", "!")):
            continue
        name = pair[1].removeprefix(_PREFIX).removeprefix("dataSource.")
        if "." not in name:
            found.append((name, pair[2], number))
    return found


def _nested(text: str, findings: Findings) -> list[tuple[str, str, int]]:
    try:
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else 1
        findings.fault(line, "is no YAML", value=str(error.problem))
        return []
    except yaml.YAMLError as error:
        findings.fault(1, "is no YAML", value=str(error))
        return []
    found = []
    waiting = [tree] if tree is not None else []
    while waiting:
        node = waiting.pop()
        if not isinstance(node, yaml.MappingNode):
            continue
        for key, value in node.value:
            if key.value == "hikari" and isinstance(value, yaml.MappingNode):
                found += [
                    (str(k.value), str(v.value), k.start_mark.line + 1)
                    for k, v in value.value
                    if isinstance(v, yaml.ScalarNode)
                ]
            else:
                waiting.append(value)
    return found


def _found(findings: Findings, rows: dict[str, Stated]) -> dict[str, Stated]:
    """Return what HikariCP makes of its settings, in the words of a pool; 0 has meanings of its own."""
    found: dict[str, Stated] = {}
    size, least = rows.get("maximumPoolSize"), rows.get("minimumIdle")
    if size is not None and size.value < 1:
        findings.fault(
            size.line, "maximumPoolSize is less than 1", value=str(size.value), allowed="1 or more"
        )
    elif size is not None:
        found["most"] = size
    if least is not None and least.value >= 0:
        found["least"] = least
    told = least or size
    if told is not None:
        opened = "lazy" if least is not None and least.value == 0 else "eager"
        found["opened"] = Stated(value=opened, words=told.words, line=told.line)
    wait, idle = rows.get("connectionTimeout"), rows.get("idleTimeout")
    if wait is not None and wait.value > 0:
        found["wait"] = Stated(value=wait.value / 1000.0, words=wait.words, line=wait.line)
    elif wait is not None:
        findings.ignore(wait.line, wait.words, "no end of the wait: a world counts it within the time-out")
    if idle is not None:
        value = idle.value / 1000.0 if idle.value > 0 else None
        found["idle_timeout"] = Stated(value=value, words=idle.words, line=idle.line)
    age = rows.get("maxLifetime")
    if age is not None and age.value >= _LEAST_AGE_MS:
        found[AGE] = Stated(value=age.value / 1000.0, words=age.words, line=age.line)
    elif age is not None:
        why = "any age" if age.value == 0 else "HikariCP takes 30 s at least, and half an hour instead"
        findings.ignore(age.line, age.words, why)
    return found
