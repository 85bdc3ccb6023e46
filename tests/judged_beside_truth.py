"""What `check` says of a discovered world and of the true one: a surge and a restart, one device."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from drawn_traffic import Truth, sources
from tidegate import check
from tidegate.discover.address_list import named
from tidegate.world.file.read import read_world
from tidegate.world.file.write import write_world
from true_world import activities, true_tree

Tree = dict[str, Any]
DEVICES = {"ample": 20.0, "scarce": 1.25}
"""New flows that it sets up, in multiples of what is asked for on an ordinary day."""
SEED = 1


def judged(found: Tree, truth: Truth) -> Iterator[tuple[str, str, str, str]]:
    """Yield device, activity, and what is said of the discovered world and of the true one."""
    worlds = as_known(found, truth), true_tree(truth)
    for device, times in DEVICES.items():
        for tree in worlds:
            tree["crossings"]["nat"] |= {"setup": f"{times * ordinary_per_s(truth):.4g}/s"}
        files = [read_world(write_world(tree), "a world") for tree in worlds]
        for activity in ("surge", "again"):
            found_says, true_says = (str(check(one, activity, seed=SEED, jobs=1)[0].verdict) for one in files)
            yield device, activity, found_says, true_says


def ordinary_per_s(truth: Truth) -> float:
    """Return new flows a second when all is well."""
    closed = sum(truth[name]["count"] / truth[name]["think_s"] for name in ("web", "hidden", "retry"))
    return closed + truth["open"]["rate_per_s"] + truth["dns"]["rate_per_s"] + truth["pods"]["count"] / 10.0


def as_known(found: Tree, truth: Truth) -> Tree:
    """Return the discovered world with what no record shows and its owner knows: device, services, plan."""
    tree: Tree = yaml.safe_load(found["world"])
    at = sources(truth)
    of = {name: _group(found, tree, at[name], is_kept) for name, is_kept in (("web", False), ("pods", True))}
    spread = next(
        (one["spread"] for each in tree["activities"].values() for one in each.get("reactions", [])
         if one["clients"] == of["pods"] and "spread" in one), "0s",
    )  # fmt: skip
    service = tree["clients"][of["pods"]]["service"]
    count = truth["web"]["count"]
    tree["activities"] = activities(of["web"], count, of["pods"], service, spread)
    true = true_tree(truth)
    tree["horizon"] = true["horizon"]
    tree["crossings"]["nat"]["table"]["entries"] = true["crossings"]["nat"]["table"]["entries"]
    known = dict(zip(("api", "web", "keep", "bus"), _served(tree), strict=True))
    for name, called in known.items():
        tree["services"][called] |= {
            key: true["services"][name][key] for key in ("concurrency", "service_time", "setup_time")
        }
    return tree


def _served(tree: Tree) -> list[str]:
    """Return the services' names in the order api, web, keep, bus, by the address that each is known as."""
    by_port = {one["known_as"]["address"].split(":")[-1]: name for name, one in tree["services"].items()}
    return [by_port[port] for port in ("443", "80", "8080", "4222")]


def _group(found: Tree, tree: Tree, wanted: list[str], is_kept: bool) -> str:
    """Return the discovered clients that have the sources of a population."""
    for name, one in tree["clients"].items():
        is_asking = {*wanted} & named([one["known_as"]["addresses"]])
        if is_asking and (one["connection"] != "per_request") == is_kept:
            return name
    raise ValueError(f"no group has {wanted[:3]}: {list(found)}")
