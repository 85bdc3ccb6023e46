"""What do people call what stands at a path? `services.api.calls.0.pool` is *the pool of api's calls to db*.

A path is for typing; a sentence has the name. What is in no table here is called by its keys. Activities are
often named by verbs (`scale`, `grow`), so their names are marked as names.
"""

from __future__ import annotations

from collections.abc import Mapping

from tidegate.world.world import World

_ANY = "*"
_CALLED: Mapping[str, str] = {
    "activities.*.at_once_most": 'how many start at a time in "{0}"',
    "activities.*.batches": 'the steps of "{0}"',
    "activities.*.pause": 'the pause between the steps of "{0}"',
    "activities.*.reactions.*.reconnect": 'the share of {1} that reconnects in "{0}"',
    "activities.*.reactions.*.spread": 'the time over which {1} reconnects in "{0}"',
    "activities.*.to": 'the size that "{0}" ends at',
    "clients.*.demand.rate": "the requests of {0}",
    "clients.*.demand.think": "the pause between requests of {0}",
    "clients.*.population": "the number of {0}",
    "clients.*.pool": "the pool of {0}",
    "clients.*.start_spread": "the time over which {0} start",
    "clients.*.timeout": "the time-out of {0}",
    "crossings.*.admission.on_excess": "the excess of {0}",
    "crossings.*.bandwidth": "the bandwidth of {0}",
    "crossings.*.devices": "the devices of {0}",
    "crossings.*.forwarding": "the forwarding rate of {0}",
    "crossings.*.ports.hold": "how long {0} keeps a port after its flow",
    "crossings.*.ports.unanswered_hold": "how long {0} keeps the port of a flow that nobody answers",
    "crossings.*.ports.per_destination": "the ports that {0} has for one destination",
    "crossings.*.queue_packets": "the queue of {0}",
    "crossings.*.setup": "the set-up rate of {0}",
    "crossings.*.table.closed_hold": "how long {0} keeps a closed flow",
    "crossings.*.table.entries": "the flow table of {0}",
    "crossings.*.table.unanswered_hold": "how long {0} keeps a flow that nobody answers",
    "services.*.calls.*.pool.most": "the pool of {0}'s calls to {1}",
    "services.*.calls.*.timeout": "the time-out of {0}'s calls to {1}",
    "services.*.autoscaler.most": "the most instances that the autoscaler of {0} makes",
    "services.*.concurrency": "how many requests an instance of {0} serves at a time",
    "services.*.connections": "the connections that {0} accepts",
    "services.*.health_probes.*.busy_fails": "whether checks of {0} wait with its requests",
    "services.*.instances": "the instances of {0}",
    "services.*.peers_per_thread": "the thread limit of {0}",
    "services.*.pooler.most": "the connections that the pooler {0} opens",
    "services.*.service_time": "the time that {0} takes for a request",
    "services.*.setup_time": "the time that {0} takes for a new connection",
}

_OF_ONE_DEVICE = frozenset({"forwarding", "setup", "bandwidth", "queue_packets", "table.entries"})


def called(path: str, world: World | None = None) -> str:
    """Return what people call the number or setting at a path of file keys.

    Parameters
    ----------
    path
        Dotted, as `--set` takes it.
    world
        In which it stands: it says whom a call asks and who reacts. None where that is not at hand.
    """
    section, *inside = path.split(".")
    if len(inside) < 2:
        return path
    name, *keys = inside
    pattern = ".".join([section, _ANY, *(_ANY if one.isdecimal() else one for one in keys)])
    other = _other(world, section, name, keys)
    known = _CALLED.get(pattern)
    if known is not None:
        return known.format(name, other or "others")
    said = " ".join(one.replace("_", " ") for one in keys if not one.isdecimal())
    owner = f'"{name}"' if section == "activities" else name
    return f"the {said} of {owner}{f' to {other}' if other else ''}"


def on_each(path: str, world: World) -> str:
    """Return that a number is of each device of a crossing, where it has several; empty of anything else.

    Beside what all of them can do together it would read as that.
    """
    section, *inside = path.split(".")
    crossing = world.crossings.get(inside[0]) if section == "crossings" and inside else None
    several = crossing is not None and crossing.devices_count > 1
    return " on each device" if several and ".".join(inside[1:]) in _OF_ONE_DEVICE else ""


def _other(world: World | None, section: str, name: str, keys: list[str]) -> str:
    """Return whom a call asks, or who reacts to an activity; empty where it is neither, or not known."""
    if world is None or len(keys) < 2 or not keys[1].isdecimal():
        return ""
    i = int(keys[1])
    if section == "services" and keys[0] == "calls" and name in world.services:
        calls = world.services[name].calls
        return calls[i].service if i < len(calls) else ""
    if section == "activities" and keys[0] == "reactions" and name in world.activities:
        reactions = world.activities[name].reactions
        return reactions[i].clients if i < len(reactions) else ""
    return ""
