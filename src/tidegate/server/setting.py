"""How is this server set? By a file, the environment and flags, in this order of rising precedence.

One table says which settings there are, what each means and how it is read. What they cause must not
live here.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from tidegate.adapters.between_sites.named_store import chain_store
from tidegate.adapters.channels.channel_setting import ChannelSetting, check_channel_setting
from tidegate.errors import Fault, InputError, Place
from tidegate.inform.draft import Setting, check_setting
from tidegate.inform.site.site_setting import SiteSetting, check_site_setting
from tidegate.inform.standing_rules import LEAST_WAIT_S, Policy, check_policy
from tidegate.journal.entry_kinds import ROLES
from tidegate.journal.site_address import address_faults
from tidegate.world.file.nearest_name import nearest
from tidegate.world.file.quantity import parse_quantity
from tidegate.world.file.tree import read_tree

ENVIRONMENT = "TIDEGATE_"
_LOGIN = re.compile(r"//.*@", re.DOTALL)
_PORT = re.compile(r"[0-9]{1,5}")
_NOTHING = ("~", "null")


def _setting(says: str, reads: Callable[[Any], Any], default: Any, *, is_secret: bool = False) -> Any:
    metadata = {"says": says, "reads": reads, "is_secret": is_secret}
    if isinstance(default, dict):
        return field(default_factory=dict, metadata=metadata, repr=not is_secret)
    return field(default=default, metadata=metadata, repr=not is_secret)


def _word(value: Any) -> str:
    if not isinstance(value, str) or value in _NOTHING:
        raise ValueError("text")
    return value


def _name(value: Any) -> str:
    if not _word(value).strip():
        raise ValueError("text that is not empty")
    return str(value)


def _port(value: Any) -> int:
    text = str(value)
    if not _PORT.fullmatch(text) or int(text) > 65535:
        raise ValueError("a port from 0 (any free one) to 65535")
    return int(text)


def _seconds(value: Any) -> float:
    if str(value) in {"0", "None", "never", "off"}:
        return 0.0
    try:
        return parse_quantity(str(value), "s")
    except InputError:
        raise ValueError("a duration such as 30s or 5min, or never") from None


def _words(value: Any) -> tuple[str, ...]:
    items = value.split(",") if isinstance(value, str) else value
    if not isinstance(items, (list, tuple)) or not all(isinstance(item, str) for item in items):
        raise ValueError("a list of words, or words with commas between")
    return tuple(item.strip() for item in items if item.strip())


def _flag(value: Any) -> bool:
    known = dict.fromkeys(("true", "yes", "on", "1"), True) | dict.fromkeys(
        ("false", "no", "off", "0"), False
    )
    if str(value).lower() not in known:
        raise ValueError("yes or no")
    return known[str(value).lower()]


def _addresses(value: Any) -> dict[str, str]:
    if isinstance(value, str):
        value = dict(pair.partition("=")[::2] for pair in value.split(",") if pair)
    if not isinstance(value, dict) or not all(
        isinstance(word, str) for pair in value.items() for word in pair
    ):
        raise ValueError("NAME=URL")
    if not all(name and url.startswith(("http://", "https://")) for name, url in value.items()):
        raise ValueError("NAME=URL, with a URL of http:// or https://; several with commas between")
    return dict(value)


def _roles(value: Any) -> dict[str, str]:
    pairs = _words(value) if not isinstance(value, dict) else ()
    found = value if isinstance(value, dict) else dict(pair.partition("=")[::2] for pair in pairs)
    if not all(isinstance(name, str) and name and role in ROLES for name, role in found.items()):
        raise ValueError(f"a role for each value: NAME=ROLE, of {', '.join(ROLES)}")
    return dict(found)


def _channels(value: Any) -> dict[str, str]:
    """Return addresses of any kind by name; they may hold commas, so blanks stand between them."""
    items = value.split() if isinstance(value, str) else value
    if isinstance(items, (list, tuple)) and all(isinstance(item, str) for item in items):
        items = dict(item.partition("=")[::2] for item in items)
    if not isinstance(items, dict) or not all(
        isinstance(word, str) and word for pair in items.items() for word in pair
    ):
        raise ValueError("NAME=ADDRESS, each channel's address by its name; several with blanks between")
    return dict(items)


def _networks(value: Any) -> tuple[str, ...]:
    found = _words(",".join(value.split()) if isinstance(value, str) else value)
    for text in found:
        try:
            ipaddress.ip_network(text)
        except ValueError:
            raise ValueError(f"networks such as 10.0.0.0/8, not {text[:60]}") from None
    return found


@dataclass(frozen=True, kw_only=True)
class ServerSetting:
    """How a server is set; each field's words are in its metadata."""

    data: str = _setting("The folder in which the journal is kept.", _name, "tidegate-data")
    world: str = _setting("A world file or bundled world: who needs what.", _word, "")
    host: str = _setting("The address to listen at.", _name, "127.0.0.1")
    port: int = _setting("The port to listen at; 0 is any free one.", _port, 8080)
    smtp_port: int = _setting("The port for cases by mail; 0 for none.", _port, 0)
    site: str = _setting("This site's name in the journal, where it is begun.", _name, "local")
    peers: dict[str, str] = _setting(  # noqa: RUF009
        "Where other sites are asked, by name; whom this site trusts is said by `tidegate site join`.",
        _addresses, {},
    )  # fmt: skip
    peers_plain: bool = _setting(
        "Ask other sites without TLS too: what cases say can be read on the way.", _flag, False
    )
    exchange: tuple[str, ...] = _setting(
        "Places through which sites hand each other entries too: a shared folder, s3://….", _words, ()
    )
    name: str = _setting("What people call the public site.", _name, "Status")
    url: str = _setting("Where the public site is published; empty for this server's own.", _word, "")
    zone: str = _setting("The local time that stands beside UTC.", _name, "UTC")
    languages: tuple[str, ...] = _setting("The languages spoken, the site's own first.", _words, ("en",))
    translations: str = _setting(
        "A file that says what titles and segments' phrases are in the other languages.", _word, ""
    )
    valid_s: float = _setting("How long a publication may be believed.", _seconds, 600.0)
    publish_to: tuple[str, ...] = _setting("Further places to publish to.", _words, ())
    copies: tuple[str, ...] = _setting(
        "Addresses at which copies of the public site are read: each page names them.", _words, ()
    )
    acknowledge_after_s: float = _setting(
        "Publish the least acknowledgement of an outage that nobody holds for so long.", _seconds, 0.0
    )
    metrics_closed: bool = _setting("Show /metrics only to a token with the scope metrics.", _flag, False)
    certainty: str = _setting("The least certainty for that.", _name, "likely")
    probes: dict[str, str] = _setting(  # noqa: RUF009
        "Addresses to ask whether services answer, by service.", _addresses, {}
    )
    probe_every_s: float = _setting("How often they are asked.", _seconds, 30.0)
    probe_networks: tuple[str, ...] = _setting("Private networks that may be asked.", _networks, ())
    identity_url: str = _setting("Who tells which segment a contact belongs to.", _word, "")
    session_s: float = _setting("How long a login lasts.", _seconds, 12 * 3600.0)
    attachments: bool = _setting("Whether files are taken with a case.", _flag, True)
    notices: bool = _setting("Whether people can ask for notices, and are sent them.", _flag, True)
    mail_server: str = _setting(
        "The mail server: smtp://host:25, smtp+starttls://… or smtps://…; empty for no mail.",
        _word,
        "",
        is_secret=True,
    )
    mail_from: str = _setting("The address that mail comes from.", _word, "")
    networks: tuple[str, ...] = _setting("Private networks that webhooks may be in.", _networks, ())
    operators: dict[str, str] = _setting(  # noqa: RUF009
        "Operators' channels: Apprise addresses by name.", _channels, {}, is_secret=True
    )

    oidc_issuer: str = _setting(
        "An OpenID Connect provider that operators may log in with, beside local accounts; empty for none.",
        _word,
        "",
    )
    oidc_client: str = _setting("This server's client id at the provider.", _word, "")
    oidc_secret: str = _setting("This server's client secret there.", _word, "", is_secret=True)
    oidc_claim: str = _setting("Which claim of the provider's says what somebody may do.", _name, "groups")
    oidc_roles: dict[str, str] = _setting(  # noqa: RUF009
        "The role of each of its values, such as sre=responder.", _roles, {}
    )
    gate: str = _setting("The folder of a gate, whose rulings the console shows; empty for none.", _word, "")
    call: tuple[str, ...] = _setting(
        "Operators' channels to be called in turn while nobody has an outage in hand.", _words, ()
    )
    call_every_s: float = _setting("How long each has to answer before the next is called.", _seconds, 600.0)
    watch: tuple[str, ...] = _setting(
        "Where series of the world come from while it lives: prometheus=URL, files=FILE, otlp=:4318, "
        "cloudwatch=FILE; empty for none.",
        _words,
        (),
    )
    watch_series: str = _setting("A file that says which series answers what (YAML).", _word, "")
    watch_credentials: str = _setting("A file with what a Prometheus is shown: a token.", _word, "")
    watch_every_s: float = _setting("How far apart samples are, until that is seen.", _seconds, 15.0)
    watch_false_alarms: str = _setting(
        "How often a surge may be seen in one number where none is.", _name, "1/week"
    )

    @property
    def channels(self) -> ChannelSetting:
        """How notices are sent."""
        return ChannelSetting(
            mail_server=self.mail_server, mail_from=self.mail_from, networks=self.networks,
            operators=self.operators,
        )  # fmt: skip

    @property
    def speaking(self) -> Setting:
        """How we speak."""
        return Setting(languages=self.languages, zone=self.zone)

    @property
    def policy(self) -> Policy:
        """What may be said by itself."""
        return Policy(acknowledge_after_s=self.acknowledge_after_s or None, certainty=self.certainty)

    def public_site(self, url: str, segments: Mapping[str, str], link_secret: bytes) -> SiteSetting:
        """Return how the public site is told about itself, at an address."""
        return SiteSetting(
            name=self.name, url=url, zone=self.zone, languages=self.languages, valid_s=self.valid_s,
            help_url=f"{url}/help", subscribe_url=f"{url}/notices" if self.notices else "",
            segments=segments, link_secret=link_secret, copies=self.copies,
        )  # fmt: skip


def read_setting(
    flags: Mapping[str, Any],
    environment: Mapping[str, str],
    file: tuple[str, str] | None = None,
) -> ServerSetting:
    """Return the settings; flags win over the environment, that over the file.

    Parameters
    ----------
    flags
        Settings from the command line, by name; None where a flag was not given.
    environment
        The environment's variables.
    file
        The text of a settings file, and its name.

    Raises
    ------
    InputError
        With every fault of all three.
    """
    faults: list[Fault] = []
    values: dict[str, Any] = {}
    given = [*_from_file(file, faults), *_from_environment(environment)]
    given += [
        (name, value, f"--{name.replace('_', '-')}") for name, value in flags.items() if value is not None
    ]
    for name, value, source in given:
        try:
            values[_FIELDS[name].name] = _FIELDS[name].metadata["reads"](value)
        except (ValueError, TypeError) as error:
            place = Place(source=source)
            given_as = "(not shown)" if _FIELDS[name].metadata["is_secret"] else str(value)[:60]
            faults.append(
                Fault(what="cannot be set so", path=name, value=given_as, allowed=str(error), place=place)
            )
    if faults:
        raise InputError(*faults)
    found = ServerSetting(**values)
    _check(found)
    return found


def _from_file(file: tuple[str, str] | None, faults: list[Fault]) -> Iterator[tuple[str, Any, str]]:
    if file is None:
        return
    text, source = file
    try:
        tree = read_tree(text, source, may_be_empty=True)
    except InputError as error:
        faults.extend(error.faults)
        return
    faults.extend(tree.faults)
    document = {} if tree.document is None else tree.document
    if not isinstance(document, dict):
        faults.append(Fault(what="holds no settings", place=Place(source=source), allowed="name: value"))
        return
    for name, value in document.items():
        if name in _FIELDS:
            yield name, value, source
        else:
            allowed, near = ", ".join(_FIELDS), nearest(str(name), _FIELDS)
            place = Place(source=source)
            faults.append(
                Fault(what="is no setting", path=str(name)[:60], allowed=allowed, nearest=near, place=place)
            )


def _from_environment(environment: Mapping[str, str]) -> Iterator[tuple[str, Any, str]]:
    for name in _FIELDS:
        variable = f"{ENVIRONMENT}{name.upper()}"
        if environment.get(variable):
            yield name, environment[variable], variable


def _check(found: ServerSetting) -> None:
    """Refuse what cannot be as a whole, with every fault."""
    faults: list[Fault] = []
    url = found.url or "http://127.0.0.1"
    checks: tuple[Callable[[], None], ...] = (
        lambda: check_setting(found.speaking),
        lambda: check_policy(found.policy),
        lambda: check_site_setting(found.public_site(url, {}, b"")),
        lambda: check_channel_setting(found.channels),
    )
    for check in checks:
        try:
            check()
        except InputError as error:
            faults += [fault for fault in error.faults if fault not in faults]
    faults += [
        Fault(
            what="is no operators' channel that is set up", path="call", value=name[:60],
            allowed=", ".join(found.operators) or "a name in operators",
        )
        for name in found.call
        if name not in found.operators
    ]  # fmt: skip
    if found.oidc_issuer:
        faults += _oidc_faults(found)
    faults += [
        fault for name, url in found.peers.items()
        for fault in address_faults(url, f"peers.{name[:60]}", may_be_plain=found.peers_plain)
    ]  # fmt: skip
    for place in found.exchange:
        try:
            chain_store(place)
        except InputError as error:
            faults += error.faults
    if found.call and found.call_every_s < LEAST_WAIT_S:
        allowed = f"at least {LEAST_WAIT_S:g} s"
        faults.append(Fault(what="leaves nobody time to answer", path="call_every", allowed=allowed))
    if faults:
        raise InputError(*faults)


def _oidc_faults(found: ServerSetting) -> list[Fault]:
    faults = []
    if not found.oidc_issuer.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        allowed = "https://…; without TLS on this machine alone"
        value = found.oidc_issuer[:60]
        faults.append(Fault(what="is no provider", path="oidc_issuer", value=value, allowed=allowed))
    faults += [
        Fault(what="is missing", path=name, allowed="with oidc_issuer")
        for name in ("oidc_client", "oidc_roles")
        if not getattr(found, name)
    ]
    return faults


# Files, variables and flags carry units in their values, so their names carry none.
_FIELDS = {one.name.removesuffix("_s"): one for one in fields(ServerSetting)}


def described() -> Iterator[tuple[str, str, str]]:
    """Yield name, meaning and default of every setting."""
    for name, one in _FIELDS.items():
        default = one.default_factory() if callable(one.default_factory) else one.default
        yield name, one.metadata["says"], shown(default)


def shown_of(found: ServerSetting, name: str) -> str:
    """Return what a setting came to, by its name; of secrets only that they are there."""
    one = _FIELDS[name]
    value = getattr(found, one.name)
    if not one.metadata["is_secret"]:
        return shown(value)
    if isinstance(value, dict):
        return ", ".join(f"{key}=(not shown)" for key in value)
    return _LOGIN.sub("//(not shown)@", value)


def shown(value: object) -> str:
    """Return a setting's value as text."""
    if isinstance(value, (tuple, list)):
        return ", ".join(value)
    if isinstance(value, dict):
        return ", ".join(f"{name}={word}" for name, word in value.items())
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g} s" if isinstance(value, float) else str(value)
