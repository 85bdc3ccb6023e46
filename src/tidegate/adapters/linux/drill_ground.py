"""Sites that are drilled on this machine: one network namespace each, and one for what stands in for others.

::

    west ──┐
    east ──┼── hub ── services: mail, identity, name server, database, receiver (an address each)
    north ─┘

The hub forwards, and what is cut is cut there: a rule of nftables for an address or between sites, a link
that is set down for a site. A site that is killed is killed with SIGKILL, and started again on its folder.
Only for use inside a sandbox, with which everything ends.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tidegate.adapters.drilling.conductor import Conductor
from tidegate.adapters.drilling.drill_conduct import Conduct
from tidegate.adapters.drilling.receivers import Receivers
from tidegate.adapters.drilling.site_door import SiteDoor
from tidegate.adapters.linux.part import Tell
from tidegate.adapters.linux.sandbox import kernel_calls
from tidegate.adapters.linux.sandbox.features import missing_programs
from tidegate.adapters.linux.sandbox.namespace import Namespace, make_namespace
from tidegate.adapters.linux.sandbox.outside import same_python
from tidegate.adapters.store.journal_begin import begin_journal
from tidegate.adapters.store.journal_file import KEY_NAME
from tidegate.adapters.store.secrets_file import SecretsFile
from tidegate.adapters.store.site_key import public_text, read_key
from tidegate.errors import RigError
from tidegate.journal.entry import Draft
from tidegate.journal.shared_secrets import Token
from tidegate.observe.drill.cuts import CUTS, Cut

PROGRAMS = ("ip", "nft")
PORT = 8080
CHANNEL = "drill"
_SCOPES = ("read", "outages", "cases", "subscriptions", "metrics")
_BEGIN_S = 60.0
_TOKEN_LASTS_S = 86_400.0
_MEMORY = "/dev/shm"  # noqa: S108  the sandbox's own is laid over it
_NET = "10.90"
_SERVICES = f"{_NET}.250"
_STAND_INS = {
    "mail": (f"{_SERVICES}.10", 25), "identity": (f"{_SERVICES}.11", 8000), "dns": (f"{_SERVICES}.12", 53),
    "database": (f"{_SERVICES}.13", 8000), "hook": (f"{_SERVICES}.14", 8000),
}  # fmt: skip
_NAMES = {
    f"{name}.drill.test": _STAND_INS[name][0] for name in ("mail", "identity", "database", "hook")
}  # fmt: skip
_TABLE = "table inet drill {\nchain forward {\ntype filter hook forward priority 0; policy accept;\n}\n}\n"


@dataclass(kw_only=True)
class _Site:
    """One site of the drill."""

    name: str
    number: int
    place: Namespace
    folder: Path
    token: str = ""
    process: subprocess.Popen[bytes] | None = None
    key: str = ""

    @property
    def address(self) -> str:
        return f"{_NET}.{self.number}.2"

    @property
    def url(self) -> str:
        return f"http://{self.address}:{PORT}"


@dataclass(kw_only=True)
class SandboxGround:
    """The hub, the sites and what stands in for others."""

    folder: Path
    world: str
    names: Sequence[str]
    segment: str
    hub: Namespace = field(init=False)
    services: Namespace = field(init=False)
    sites: list[_Site] = field(default_factory=list)

    def build(self) -> None:
        """Make the networks and the sites' folders."""
        self.hub, self.services = make_namespace("hub"), make_namespace("services")
        self.hub.set("net.ipv4.ip_forward", 1)
        self.hub.run("nft", "-f", "-", stdin=_TABLE)
        self._link(
            self.services, "services", f"{_SERVICES}.1", [address for address, _ in _STAND_INS.values()]
        )
        for i, name in enumerate(self.names, 1):
            site = _Site(name=name, number=i, place=make_namespace(f"s{i}"), folder=self.folder / name)
            self._link(site.place, f"s{i}", f"{_NET}.{i}.1", [site.address])
            self.sites.append(site)
        self._found()

    def _link(self, place: Namespace, name: str, own: str, theirs: Sequence[str]) -> None:
        self.hub.run(
            "ip", "link", "add", f"to-{name}", "type", "veth", "peer", "name", "eth0", "netns", place.name
        )
        self.hub.run("ip", "addr", "add", f"{own}/24", "dev", f"to-{name}")
        self.hub.run("ip", "link", "set", f"to-{name}", "up")
        for address in theirs:
            place.run("ip", "addr", "add", f"{address}/24", "dev", "eth0")
        place.run("ip", "link", "set", "eth0", "up")
        place.run("ip", "route", "add", "default", "via", own)

    def _found(self) -> None:
        """Begin every site's journal, and let each name all others, as `tidegate site` does."""
        journals = []
        for site in self.sites:
            journals.append(begin_journal(site.folder, site=site.name))
            site.key = public_text(read_key(site.folder / KEY_NAME))
            site.token = _token(site.folder)
        for site, journal in zip(self.sites, journals, strict=True):
            journal.append(
                [
                    Draft(
                        kind="site.admitted", subject=other.name, by="drill",
                        payload={"public_key": other.key, "role": "site", "address": other.url},
                    )
                    for other in self.sites
                    if other is not site
                ]
            )  # fmt: skip
            journal.close()

    def receivers(self) -> Receivers:
        """Start what stands in for others."""
        made = Receivers(self.services.start)
        for kind, (address, port) in _STAND_INS.items():
            answer = {"segment": self.segment} if kind == "identity" else {}
            made.add(kind=kind, address=address, port=port, names=_NAMES, answer=answer)
        made.wait_ready()
        return made

    def start(self, site: _Site) -> None:
        """Start a site's server on its folder."""
        log = (site.folder / "drill.log").open("ab")
        words = [*([self.world] if self.world else []), "--data", str(site.folder)]
        site.process = site.place.start(
            same_python("tidegate.cli.main", "serve", *words, "--settings", str(self._settings(site))),
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        log.close()

    def _settings(self, site: _Site) -> Path:
        setting = {
            "host": site.address, "port": PORT, "name": "Drill", "peers_plain": True, "valid": "60 s",
            "mail_server": f"smtp://mail.drill.test:{_STAND_INS['mail'][1]}",
            "mail_from": "status@drill.test",
            "operators": {CHANNEL: f"json://hook.drill.test:{_STAND_INS['hook'][1]}/"},
            "identity_url": "http://identity.drill.test:8000/", "networks": [f"{_NET}.0.0/16"],
            "probes": {"drill-database": "http://database.drill.test:8000/"}, "probe_every": "5 s",
            "probe_networks": [f"{_NET}.0.0/16"],
        }  # fmt: skip
        path = site.folder / "drill.yaml"
        path.write_text(json.dumps(setting), encoding="utf-8")
        return path

    def wait_ready(self, doors: Sequence[SiteDoor]) -> None:
        """Wait until all sites take cases.

        Raises
        ------
        RigError
            If one does not begin.
        """
        until_s = time.monotonic() + _BEGIN_S
        for site, door in zip(self.sites, doors, strict=True):
            while not door.is_ready():
                if (site.process and site.process.poll() is not None) or time.monotonic() > until_s:
                    raise RigError(f"site {site.name} did not begin: {_last_line(site.folder / 'drill.log')}")
                time.sleep(0.1)

    def doors(self) -> list[SiteDoor]:
        """Return how each site is asked."""
        return [SiteDoor(site.name, site.url, site.token, beside=site.place.entered) for site in self.sites]

    # -- what is taken away -----------------------------------------------------------------------

    def cut(self, cut: Cut, hit: Sequence[str]) -> None:
        """Take something away."""
        if cut.is_between:
            everywhere = ", ".join(f"{_NET}.{site.number}.0/24" for site in self.sites)
            self._rule(f"ip saddr {{ {everywhere} }} ip daddr {{ {everywhere} }} drop")
        elif cut.sites_count:
            for site in self._named(hit):
                if cut.is_kill:
                    _kill(site)
                else:
                    self.hub.run("ip", "link", "set", f"to-s{site.number}", "down")
        else:
            address = _STAND_INS[cut.name][0]
            self._rule(f"ip daddr {address} drop")
            self._rule(f"ip saddr {address} drop")

    def heal(self, cut: Cut, hit: Sequence[str]) -> None:
        """Give it back."""
        if not cut.sites_count:
            self.hub.run("nft", "flush", "chain", "inet", "drill", "forward")
            return
        for site in self._named(hit):
            if cut.is_kill:
                self.start(site)
            else:
                self.hub.run("ip", "link", "set", f"to-s{site.number}", "up")

    def _rule(self, text: str) -> None:
        self.hub.run("nft", f"add rule inet drill forward {text}")

    def _named(self, names: Sequence[str]) -> list[_Site]:
        return [site for site in self.sites if site.name in names]


def drill_inside(request: Mapping[str, Any], tell: Tell) -> Mapping[str, object]:
    """Build the sites of a request, drill them once, and return what was measured as JSON.

    Parameters
    ----------
    request
        ``world`` (its text, or empty), ``sites``, ``segment`` (what identity says), ``has_receiver``, and
        ``cuts``, ``mark``, ``first_word_s``, ``heal_s``, ``hold_s`` of the conduct.
    tell
        Given ``{"kind": "stage", "says": …}`` and ``{"kind": "cut", "reading": …}``.

    Raises
    ------
    RigError
        If this machine lacks something, or a site does not begin.
    """
    if missing := missing_programs(PROGRAMS):
        raise RigError("; ".join(missing))
    tell({"kind": "stage", "says": "building the networks"})
    folder = Path.cwd()
    _private_memory()
    world = folder / "world.yaml"
    if request["world"]:
        world.write_text(request["world"], encoding="utf-8")
    ground = SandboxGround(
        folder=folder, world=str(world) if request["world"] else "", names=request["sites"],
        segment=request["segment"],
    )  # fmt: skip
    ground.build()
    with ground.hub.entered():
        return _drilled(ground, request, tell)


def _drilled(ground: SandboxGround, request: Mapping[str, Any], tell: Tell) -> Mapping[str, object]:
    receivers = ground.receivers()
    tell({"kind": "stage", "says": f"starting {len(ground.sites)} sites"})
    for site in ground.sites:
        ground.start(site)
    doors = ground.doors()
    ground.wait_ready(doors)
    if not doors[0].declare("drill", "What is drilled"):
        raise RigError("the drill's component could not be declared")
    if request["has_receiver"] and not doors[0].subscribe(CHANNEL):
        raise RigError("the drill's receiver could not be subscribed")
    known = {one.name: one for one in CUTS}
    conduct = Conduct(
        cuts=tuple(known[name] for name in request["cuts"]), mark=request["mark"],
        first_word_s=request["first_word_s"], heal_s=request["heal_s"], hold_s=request["hold_s"],
        apart_said_s=request["apart_said_s"],
        is_private=False, has_receiver=request["has_receiver"], has_mail=True,
    )  # fmt: skip
    readings = Conductor(doors, ground, receivers, conduct, tell).run()
    return {"readings": [asdict(one) for one in readings]}


def _private_memory() -> None:
    """Give the sandbox its own name server and its own /dev/shm: nothing of either is the machine's."""
    kernel_calls.mount(
        "tmpfs",
        _MEMORY,
        "tmpfs",
        flags=kernel_calls.NOSUID | kernel_calls.NODEV,
        options="mode=1777,size=64m",
    )
    told = Path.cwd() / "resolv.conf"
    told.write_text(f"nameserver {_STAND_INS['dns'][0]}\noptions timeout:1 attempts:2\n", encoding="ascii")
    told.chmod(0o644)
    found = Path(os.path.realpath("/etc/resolv.conf"))
    if not found.exists():  # it leads into /run, which is the sandbox's own by now
        found.parent.mkdir(parents=True, exist_ok=True)
        found.touch()
    try:
        kernel_calls.mount(str(told), str(found), flags=kernel_calls.BIND)
    except OSError as error:
        raise RigError(f"the sandbox cannot have a name server of its own: {error.strerror}") from error


def _token(folder: Path) -> str:
    """Make a token of a site; return it."""
    whole = f"tg_{(named := secrets.token_hex(4))}_{secrets.token_urlsafe(32)}"
    hashed = hashlib.sha256(whole.encode()).hexdigest()
    until_s = time.time() + _TOKEN_LASTS_S
    SecretsFile(folder).add_token(
        Token(id=named, hash=hashed, title="drill", scopes=_SCOPES, until_s=until_s)
    )
    return whole


def _kill(site: _Site) -> None:
    if site.process is not None:
        with suppress(ProcessLookupError):
            os.killpg(site.process.pid, signal.SIGKILL)
        site.process.wait()


def _last_line(path: Path) -> str:
    with suppress(OSError):
        return path.read_text(encoding="utf-8", errors="replace").strip().rpartition("\n")[2][:300]
    return ""
