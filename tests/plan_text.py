"""How does a plan of a rig read? As a script of commands that a person can follow, or run as root.

Value in, text out. Commands that `tc` has no words for, and what our own programs do, stand as comments.
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate.rehearse.health_checks import CheckPlan
from tidegate.rehearse.named_servers import ARGUMENTS, FILE, server_text
from tidegate.rehearse.rig_plan import RigPlan
from tidegate.rehearse.rig_steps import Command, SizeTable, Step
from tidegate.rehearse.service_plan import MOST_WAITING_COUNT, ServerSettings, ServicePlan
from tidegate.rehearse.stray_plan import StrayPlan, prefix_of


def plan_text(plan: RigPlan) -> str:
    """Return the plan as a shell script with its changes in time as comments and commands."""
    return "\n".join(_lines(plan)) + "\n"


def _lines(plan: RigPlan) -> Iterator[str]:
    yield f"# The rig for {plan.name}, {plan.horizon_s:g} s long."
    yield "# To be run inside  unshare --net --mount --pid --fork --mount-proc"
    yield "# after  mount -t tmpfs none /run"
    yield ""
    yield "mkdir /run/netns"
    for name, meaning in plan.namespaces:
        yield f"ip netns add {name}  # {meaning}"
        yield f"ip -n {name} link set lo up"
    place = ""
    for step in plan.steps:
        if step.place != place:
            place = step.place
            yield f"\n# {place}"
        yield from _step(step)
    yield "\n# services"
    for service in plan.services:
        yield from _service(service, plan.server)
    for proxy in plan.proxies:
        yield f"\n# {proxy.kind} in front of them, in {proxy.namespace}"
        yield from _program(proxy.kind, proxy.namespace, proxy.text)
    yield "\n# clients"
    for name, addresses in plan.client_addresses.items():
        span = addresses[0] if len(addresses) == 1 else f"{addresses[0]} to {addresses[-1]}"
        yield f"# {name} from {span}"
    yield from (f"# {check.name} from {check.address}: {_check(check)}" for check in plan.checks)
    yield from (f"# {_strays(stray)}" for stray in plan.strays)
    for change in plan.changes:
        when = "after" if change.at_s >= 0.0 else "before"
        yield f"\n# {abs(change.at_s):g} s {when} the start"
        for step in change.steps:
            yield from _step(step)


def _step(step: Step) -> Iterator[str]:
    if isinstance(step, SizeTable):
        yield from _size_table(step)
    else:
        yield from _command(step)


def _command(step: Command) -> Iterator[str]:
    typed = f"ip netns exec {step.place} {step.words}"
    if step.text:
        yield f"{typed} <<'END'"
        yield step.text.rstrip("\n")
        yield "END"
    else:
        yield typed


def _size_table(step: SizeTable) -> Iterator[str]:
    usual = step.billed_bytes[0]
    for cell, billed in enumerate(step.billed_bytes):
        if billed != usual:
            least = cell * step.cell_bytes
            yield f"# in {step.place}, by netlink (TCA_STAB): the root queue of {step.interface} bills"
            yield f"#   packets of {least} to {least + step.cell_bytes - 1} bytes, which are clients' SYNs,"
            yield f"#   {billed:,} bytes instead of {usual:,}"


def _service(service: ServicePlan, server: str) -> Iterator[str]:
    address, port = service.listens_at
    yield (
        f"# {service.name} ({server}) in {service.namespace} at {address}:{port}, "
        f"listen backlog {service.backlog_count:,}"
    )
    if server != "sleeping":
        first = service.settings[0][1]
        text = server_text(
            server,
            address,
            port,
            backlog_count=service.backlog_count,
            connections_count=first.connections_count,
        )
        yield from _program(server, service.namespace, text)
        return
    for at_s, settings in service.settings:
        yield f"#   from {at_s:g} s: {_settings(settings)}"


def _program(kind: str, namespace: str, text: str) -> Iterator[str]:
    yield f"cat >{FILE} <<'END'"
    yield text.rstrip("\n")
    yield "END"
    yield f"ip netns exec {namespace} {kind} {' '.join(ARGUMENTS[kind])} &"


def _check(check: CheckPlan) -> str:
    then = {"eject": "eject", "restart": "restart", "drop_sessions": "break the connections of"}
    return (
        f"each instance every {check.interval_s:g} s, a failure after {check.timeout_s:g} s, "
        f"{check.failures_count} failures in a row {then[check.on_failure]} it"
    )


def _strays(plan: StrayPlan) -> str:
    rates = ", ".join(f"{per_s:g}/s from {at_s:g} s on" for at_s, per_s, _ in plan.rates)
    way = f"{prefix_of(plan.from_number)} to {prefix_of(plan.to_number)}"
    return f"first packets that nobody answers, through {plan.device}, from {way}: {rates}"


def _settings(settings: ServerSettings) -> str:
    words = [f"{settings.workers_count:,} at a time", f"{settings.service_time_s * 1000:g} ms each"]
    words[-1] += f" ({settings.service_law})"
    if settings.setup_s > 0.0:
        words.append(f"{settings.setup_s * 1000:g} ms more for a new connection")
    if settings.queue_count < MOST_WAITING_COUNT:
        words.append(
            f"{settings.queue_count:,} may wait, then {'silence' if settings.silent else 'an error'}"
        )
    if settings.last_first:
        words.append("last come, first served")
    if settings.abandoned_leaves:
        words.append("abandoned requests leave")
    if settings.connections_count is not None:
        then = "an error" if settings.refuse else "they wait to be accepted"
        words.append(f"{settings.connections_count:,} connections, then {then}")
    if settings.warm_s > 0.0:
        words.append(f"{settings.slowdown_ratio:g} times slower at first, for {settings.warm_s:g} s")
    words += _of_instances(settings)
    if settings.counts_logins:
        words.append("limits before log-in")
    return ", ".join(words)


def _of_instances(settings: ServerSettings) -> Iterator[str]:
    """Yield what is said of instances with queues of their own."""
    if settings.rule:
        yield f"each instance with a queue of its own, chosen by {settings.rule}"
    if settings.room_bytes is not None:
        yield f"killed beyond {settings.room_bytes:,} bytes for {settings.away_s:g} s"
    if settings.sick_count:
        yield f"{settings.sick_count:,} of them sick ({settings.sick_answers})"
