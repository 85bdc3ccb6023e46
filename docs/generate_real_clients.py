"""Probe stock clients for real and write what they do beside what the catalogue says: docs/evidence/.

Run `python docs/generate_real_clients.py [NAME…]` from the repository's root; it takes some 20 minutes,
nearly all of it waiting. Clients whose parts are missing here are named and left out.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import util
from pathlib import Path

from tidegate.adapters.linux.probing.lanes import Watch, watch
from tidegate.behaviour.layers import GiveUp, RetryState, guards_of
from tidegate.errors import TidegateError
from tidegate.present.probe_text import probe_text
from tidegate.probe.catalogue_entry import unlike_a_surge
from tidegate.probe.found_words import headline
from tidegate.probe.identify import Finding
from tidegate.probe.nesting import FoundLayer
from tidegate.verbs.probe import Probe, Probed, probe
from tidegate.world.catalogue.entries import catalogue
from tidegate.world.file.read import from_document
from tidegate.world.retry import RetryPolicy

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = ROOT / "docs" / "real_clients"
PAGE = ROOT / "docs" / "evidence" / "real-clients.md"
KEPT = ROOT / "docs" / "evidence" / "real-clients.json"
WIDTH = 100
NEAR = 0.01  # what the clock of a busy machine adds to every wait, beside the probe's own interval


@dataclass(frozen=True, kw_only=True)
class Client:
    """One stock client, how it is run, and what the catalogue calls it."""

    name: str
    command: tuple[str, ...]
    needs: str
    version: tuple[str, ...]
    catalogue: str = ""
    protocol: str = "http"
    situations: tuple[str, ...] = ()
    seconds: float = 15.0
    repeat_count: int = 3
    says: str = ""
    judged: str = ""
    extra: dict[str, str] = field(default_factory=dict)


def python(script: str, *arguments: str, package: str, module: str = "", **others) -> Client:
    """Return a client that is a script of ours in this Python."""
    code = f"from importlib.metadata import version; print({package!r}, version({package!r}))"
    version = (sys.executable, "-c", code)
    command = (sys.executable, str(SCRIPTS / f"{script}.py"), *arguments)
    return Client(command=command, needs=module or package.replace("-", "_"), version=version, **others)


def node(script: str, *arguments: str, package: str, **others) -> Client:
    """Return a client that is a script of ours in Node, its packages found by NODE_PATH."""
    where = f"process.env.NODE_PATH + '/{package}/package.json'"
    code = f"console.log('{package}', JSON.parse(require('fs').readFileSync({where})).version)"
    command = ("node", str(SCRIPTS / f"{script}.cjs"), *arguments)
    return Client(command=command, needs="node", version=("node", "-e", code), **others)


SOON = ("resetting", "refusing")
"""For clients that go on for long, and for those whose protocol the endpoint does not speak."""
AT_ONCE = (*SOON, "erring", "erring_retry_after")
"""For clients that wait for minutes where nothing answers."""

CURL = ("curl", "-sS", "--connect-timeout", "1", "--max-time", "2", "--retry", "3")
CLIENTS = (
    Client(name="curl-retry", command=(*CURL, "{url}"), needs="curl", version=("curl", "--version"),
           seconds=20.0,
           says="waits 1 s, doubling, up to 10 min; retries time-outs and 408, 429, 500, 502, 503, 504"),
    Client(name="curl-retry-all-errors", command=(*CURL, "--retry-all-errors", "{url}"), needs="curl",
           version=("curl", "--version"), seconds=20.0, says="as above, after every kind of error"),
    python("requests_get", "{url}", package="requests", name="requests", catalogue="requests"),
    python("urllib3_get", "{url}", package="urllib3", name="urllib3", catalogue="urllib3"),
    python("urllib3_backoff", "{url}", package="urllib3", name="urllib3-backoff", seconds=20.0,
           says="Retry(4, backoff_factor=0.5): 0, then 0.5 s × 2^(n − 1), at most 120 s"),
    python("httpx_get", "{url}", package="httpx", name="httpx", catalogue="httpx"),
    python("httpx_transport", "{url}", package="httpx", name="httpx-transport", seconds=40.0,
           says="transport retries=4, connecting alone: 0, 0.5, 1, 2 s"),
    python("httpx2_get", "{url}", package="httpx2", name="httpx2"),
    python("botocore_call", "{url}", package="botocore", name="botocore", catalogue="botocore-standard"),
    python("botocore_call", "{url}", "standard", package="botocore", name="botocore-standard",
           catalogue="botocore-standard", repeat_count=8),
    python("botocore_call", "{url}", "legacy", package="botocore", name="botocore-legacy",
           catalogue="botocore-legacy", seconds=40.0),
    python("redis_ping", "{host}", "{port}", package="redis", name="redis-py", catalogue="redis-py",
           protocol="redis", seconds=75.0),
    python("psycopg_connect", "{host}", "{port}", package="psycopg", name="psycopg", protocol="postgres"),
    python("psycopg_pool_query", "{host}", "{port}", package="psycopg-pool", name="psycopg-pool",
           protocol="postgres", seconds=40.0),
    python("psycopg_pool_query", "{host}", "{port}", "1", package="psycopg-pool", name="psycopg-pool-of-one",
           protocol="postgres", seconds=40.0, situations=("refusing", "changing"),
           catalogue="psycopg-pool"),
    python("grpc_channel", "{host}", "{port}", package="grpcio", name="grpc-reconnect",
           catalogue="grpc-reconnect", protocol="tcp", seconds=60.0,
           situations=("silent", "resetting", "refusing")),
    python("aiohttp_get", "{url}", package="aiohttp", name="aiohttp", catalogue="aiohttp",
           situations=AT_ONCE),
    python("aiohttp_post", "{url}", package="aiohttp", name="aiohttp-post", catalogue="none",
           situations=AT_ONCE),
    python("aiohttp_retry_get", "{url}", package="aiohttp-retry", name="aiohttp-retry",
           catalogue="aiohttp-retry", situations=AT_ONCE, judged="erring"),
    python("httpx_retries_get", "{url}", package="httpx-retries", name="httpx-retries",
           catalogue="httpx-retries", situations=AT_ONCE),
    python("elasticsearch_info", "{url}", package="elasticsearch", name="elasticsearch",
           catalogue="elasticsearch", situations=AT_ONCE),
    python("opensearch_info", "{host}", "{port}", package="opensearch-py", module="opensearchpy",
           name="opensearch-py",
           catalogue="opensearch-py", situations=AT_ONCE),
    python("azure_core_get", "{url}", package="azure-core", module="azure.core", name="azure-core",
           catalogue="azure-core", situations=AT_ONCE),
    python("google_api_core_get", "{url}", package="google-api-core", module="google.api_core",
           name="google-api-core",
           catalogue="google-api-core", seconds=60.0, situations=SOON),
    python("kubernetes_list", "{url}", package="kubernetes", name="kubernetes-python",
           catalogue="kubernetes-python", situations=AT_ONCE),
    python("pymongo_find", "{host}", "{port}", package="pymongo", name="pymongo", catalogue="pymongo",
           protocol="tcp", seconds=40.0, situations=SOON),
    python("valkey_ping", "{host}", "{port}", package="valkey", name="valkey", catalogue="valkey",
           protocol="redis"),
    python("valkey_glide_ping", "{host}", "{port}", package="valkey-glide", module="glide",
           name="valkey-glide",
           catalogue="valkey-glide", protocol="redis", seconds=10.0, situations=SOON),
    python("confluent_kafka_consumer", "{host}", "{port}", package="confluent-kafka", name="confluent-kafka",
           catalogue="confluent-kafka", protocol="tcp", seconds=10.0, situations=SOON),
    python("kafka_python_consumer", "{host}", "{port}", package="kafka-python", module="kafka",
           name="kafka-python", judged="resetting",
           catalogue="kafka-python", protocol="tcp", seconds=40.0, situations=SOON),
    python("nats_connect", "{host}", "{port}", package="nats-py", module="nats", name="nats-py",
           catalogue="nats-py",
           protocol="tcp", seconds=25.0, situations=SOON),
    python("kombu_connect", "{host}", "{port}", package="kombu", name="kombu", catalogue="kombu",
           protocol="tcp",
           seconds=45.0, situations=SOON),
    python("websockets_follow", "{host}", "{port}", package="websockets", name="websockets",
           catalogue="websockets",
           seconds=40.0, situations=SOON),
    python("paho_loop", "{host}", "{port}", package="paho-mqtt", module="paho", name="paho-mqtt", judged="resetting",
           catalogue="paho-mqtt",
           protocol="tcp", seconds=40.0, situations=SOON),
    python("pyzmq_subscribe", "{host}", "{port}", package="pyzmq", module="zmq", name="pyzmq",
           catalogue="pyzmq",
           protocol="tcp", seconds=10.0, situations=SOON),
    python("hazelcast_client", "{host}", "{port}", package="hazelcast-python-client", module="hazelcast",
           name="hazelcast", catalogue="hazelcast", protocol="tcp", seconds=30.0, situations=SOON),
    node("ioredis_ping", "{host}", "{port}", package="ioredis", name="ioredis", catalogue="ioredis",
         protocol="redis",
         seconds=30.0, situations=SOON),
    node("redis_ping", "{host}", "{port}", package="redis", name="node-redis", catalogue="node-redis",
         protocol="redis", seconds=20.0, situations=SOON),
    node("mariadb_idle", "{host}", "{port}", package="mariadb", name="mariadb", catalogue="mariadb",
         protocol="tcp",
         seconds=10.0, situations=("hanging", "refusing")),
    node("mysql2_query", "{host}", "{port}", package="mysql2", name="mysql2", catalogue="mysql2",
         protocol="tcp",
         situations=SOON),
    node("pg_query", "{host}", "{port}", package="pg", name="pg", catalogue="pg", protocol="postgres"),
    node("kafkajs_connect", "{host}", "{port}", package="kafkajs", name="kafkajs", catalogue="kafkajs",
         protocol="tcp", seconds=30.0, situations=SOON),
    node("got_get", "{url}", package="got", name="got", catalogue="got", situations=AT_ONCE),
    node("ky_get", "{url}", package="ky", name="ky", catalogue="ky", situations=AT_ONCE),
    node("axios_retry_get", "{url}", package="axios-retry", name="axios-retry", catalogue="axios-retry",
         situations=AT_ONCE),
    node("undici_retry_get", "{url}", package="undici", name="undici-retry", catalogue="undici-retry",
         seconds=40.0, situations=AT_ONCE),
    node("mqtt_connect", "{host}", "{port}", package="mqtt", name="mqtt-js", catalogue="mqtt-js",
         protocol="tcp",
         seconds=10.0, situations=SOON),
    Client(name="node-fetch-timeout", command=("node", str(SCRIPTS / "node_fetch_timeout.cjs"), "{url}"),
           needs="node", version=("node", "--version"), situations=("hanging", "refusing"),
           says="each request that times out opens one more connection, with nothing sent on it"),
    Client(name="go-http", command=("{go}", "{url}"), needs="go", version=("go", "env", "GOVERSION")),
    Client(name="node-fetch", command=("node", str(SCRIPTS / "node_fetch.mjs"), "{url}"), needs="node",
           version=("node", "--version"), seconds=20.0),
)  # fmt: skip


def main() -> None:
    """Probe every client, or those named, and write the page from all that is known."""
    wanted = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        _install_for_node(Path(folder))
        _measure(wanted)


def _install_for_node(folder: Path) -> None:
    """Let Node find the packages of `docs/real_clients/package.json`; NODE_PATH, where it is set, has them."""
    if os.environ.get("NODE_PATH") or shutil.which("npm") is None:
        return
    shutil.copy(SCRIPTS / "package.json", folder)
    subprocess.run(["npm", "install", "--no-audit", "--no-fund"], cwd=folder, check=True)  # noqa: S607
    os.environ["NODE_PATH"] = str(folder / "node_modules")


def _measure(wanted: list[str]) -> None:
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    for client in CLIENTS:
        if wanted and client.name not in wanted:
            continue
        if not _is_here(client):
            sys.stdout.write(f"{client.name}: left out, because {client.needs} is not installed here\n")
            continue
        kept[client.name] = _probed(client)
        KEPT.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
        sys.stdout.write(f"{client.name}: {kept[client.name]['headline']}\n")
        sys.stdout.flush()
    PAGE.write_text(_page(kept))


def _is_here(client: Client) -> bool:
    module = {"grpcio": "grpc"}.get(client.needs, client.needs)
    try:
        return shutil.which(client.needs) is not None or util.find_spec(module) is not None
    except ModuleNotFoundError:  # of a module within a package that is missing itself
        return False


def _probed(client: Client) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        command = tuple(_built(folder) if word == "{go}" else word for word in client.command)
        asked = Probe(
            command=command, protocol=client.protocol, situations=client.situations,
            repeat_count=client.repeat_count, seconds=client.seconds, name=client.name,
        )  # fmt: skip
        today = datetime.now(UTC).date().isoformat()
        try:
            probed = probe(asked, watch=_watched, measured_on=today)
        except TidegateError as error:
            said = {"headline": str(error), "text": str(error), "compared": []}
            return {**said, "version": _version(client), "on": today}
    names = tuple(probed.entries)
    text = probe_text(probed.finding, probed.origin, names=names, file="", width=WIDTH)
    return {
        "headline": headline(probed.finding),
        "text": _without_paths(text.partition("\n\n")[2]),
        "compared": _compared(client, probed),
        "version": _version(client),
        "command": _without_paths(" ".join(client.command)).replace("{go}", "go_get"),
        "on": today,
    }


def _watched(names, asked: Probe):
    wanted = Watch(command=asked.command, protocol=asked.protocol, situations=tuple(names),
                   repeat_count=asked.repeat_count, seconds=asked.seconds)  # fmt: skip
    return watch(wanted, lambda _says: None)


def _built(folder: str) -> str:
    target = f"{folder}/go_get"
    subprocess.run(["go", "build", "-o", target, str(SCRIPTS / "go_get.go")], check=True)  # noqa: S603, S607
    return target


def _version(client: Client) -> str:
    done = subprocess.run(client.version, capture_output=True, text=True, check=True)  # noqa: S603
    return " ".join(done.stdout.partition("\n")[0].split()[:2])


def _without_paths(text: str) -> str:
    return text.replace(str(SCRIPTS) + "/", "").replace(sys.executable, "python")


def _compared(client: Client, probed: Probed) -> list[str]:
    """Return what the catalogue says against what was measured, a sentence a number."""
    if not client.catalogue:
        return []
    document = {"networks": {"n": {}}, "retry_policies": {"it": client.catalogue}}
    policy = from_document(document, "catalogue").world.retry_policies["it"]
    return _against(policy, probed.finding, client.judged)


def _against(policy: RetryPolicy, finding: Finding, judged: str) -> list[str]:
    # What stands under the client's own name in its entry, or the first other way in which it tries again.
    groups = [group for group in finding.groups if not judged or judged in group.situations]
    ordered = sorted(groups, key=unlike_a_surge)
    most = next((group.retrying.layers for group in ordered if group.retrying.layers), ())
    if not policy.layers:
        return ["no retries: confirmed" if not most else "no retries: **differs**, it tries again"]
    if not most:
        return ["retries: **differs**, none was seen"]
    return _numbers(policy, most[0])


def _numbers(policy: RetryPolicy, found: FoundLayer) -> list[str]:
    stated, law = policy.layers[0], found.law
    said = [_retries(policy, found)]
    said.append(_same("back-off", stated.backoff, law.law, [one for one, _ in law.alternatives]))
    if law.law == stated.backoff:
        others = [jitter for one, jitter in law.alternatives if one == law.law]
        said.append(_same("jitter", stated.jitter, law.jitter, others))
    values = {"base": stated.base_s, "multiplier": stated.multiplier_ratio, "cap": stated.cap_s,
              "jitter_width": stated.jitter_width_ratio}  # fmt: skip
    for name, interval in law.parameters.items():
        if law.law != stated.backoff or law.jitter != stated.jitter:
            break
        inside = interval.low * (1 - NEAR) <= values[name] <= interval.high * (1 + NEAR)
        outcome = "confirmed" if inside else "**differs**"
        said.append(f"{name} {values[name]:g}: {outcome} ({interval.low:.3g}–{interval.high:.3g})")
    return said


def _retries(policy: RetryPolicy, found: FoundLayer) -> str:
    stated = policy.layers[0]
    if found.retries_count is None and stated.retries_count is not None:
        if found.least_count <= stated.retries_count:
            return f"retries {stated.retries_count}: not ruled out ({found.least_count} seen, and no end)"
    elif stated.retries_count is None and stated.deadline_s is not None:
        count = retries_within(policy)
        if found.retries_count is None:
            return f"retries within {stated.deadline_s:g} s: not ruled out ({found.least_count} seen, and no end)"
        outcome = "confirmed" if count == found.retries_count else f"**differs**, {found.retries_count}"
        return f"{count} retries within {stated.deadline_s:g} s: {outcome}"
    return _same("retries", stated.retries_count, found.retries_count)


def retries_within(policy: RetryPolicy) -> int:
    """Return how many retries a policy with a deadline makes, by middling chance."""
    state, now_s, count = RetryState(policy, guards_of(policy, 0.0)), 0.0, 0
    state.start(now_s)
    while not isinstance(what_next := state.failure(now_s, lambda: 0.5), GiveUp):
        now_s += what_next.after_s
        count += 1
        state.start(now_s)
    return count


def _same(name: str, stated: object, found: object, alternatives=()) -> str:
    words = {None: "unlimited"}
    if stated == found:
        return f"{name} {words.get(stated, stated)}: confirmed"
    if found == "":
        return f"{name} {words.get(stated, stated)}: **differs**, no law of the probe's fits"
    if stated in (alternatives or ()):
        return f"{name} {stated}: not ruled out ({found} fits a little better)"
    return f"{name} {words.get(stated, stated)}: **differs**, {words.get(found, found)}"


def _not_run(kept: dict[str, dict[str, object]]) -> str:
    run = {client.catalogue for client in CLIENTS if client.name in kept}
    measured = (entry.name for entry in catalogue() if entry.kind == "behaviour" and entry.tag == "measured")
    return ", ".join(f"`{name}`" for name in measured if name not in run) or "none"


def _page(kept: dict[str, dict[str, object]]) -> str:
    lines = [
        "# Stock clients, probed", "",
        "Each client below was run by `tidegate probe` in a network of its own against an endpoint that",
        "fails in many ways. Written by `docs/generate_real_clients.py`; the clients are in",
        "`docs/real_clients/`.",
        f"Linux {platform.release().partition('-')[0]}, two cores that were busy with other work.", "",
        "*Confirmed*: what the catalogue states lies within the probe's interval, or within 1 % of it. *Differs*:",
        "what was seen instead stands beside it. Where a client behaves differently by situation, the one that",
        "its entry stands for is compared; the others stand in its section.", "",
        f"Measured for the catalogue, and not by the probe: {_not_run(kept)}.", "",
        "| client | version | in one sentence | against the catalogue |", "| --- | --- | --- | --- |",
    ]  # fmt: skip
    known = [client for client in CLIENTS if client.name in kept]
    for client in known:
        row = kept[client.name]
        documented = f"documented: {client.says}" if client.says else "not in it"
        against = "; ".join(row["compared"]) or documented
        entry = f"`{client.catalogue}`: " if client.catalogue else ""
        name = f"[{client.name}](#{client.name})"
        lines.append(f"| {name} | {row['version']} | {row['headline']} | {entry}{against} |")
    for client in known:
        row = kept[client.name]
        lines += ["", f"## {client.name}", ""]
        lines += [f"`{row.get('command', '')}`, {client.protocol}, measured {row['on']}", ""]
        lines += ["```text", str(row["text"]).rstrip(), "```"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
