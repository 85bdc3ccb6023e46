"""Which pools of connections does one program keep, how large, and where do they lead? From all its settings.

A number goes with the connection string whose name begins alike (`ORDERS_DB_URL`, `ORDERS_DB_POOL_SIZE`),
else with the one that leads to the same kind of server. Each process of a server keeps pools of its own.

Shortcut: where several settings state one pool, the largest counts.

Sources: SQLAlchemy, "Engine configuration" (pool_size 5, max_overflow 10 where nothing is said).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from tidegate.errors import Fault, InputError, Place
from tidegate.gate.settings.ages import Age, age_of
from tidegate.gate.settings.connection_string import PORTS, Target, target_of
from tidegate.gate.settings.names import Meaning, meaning_of, protocol_of, words_of
from tidegate.gate.settings.text import Setting

SQL = frozenset({"sql", "postgres", "mysql"})
_MOST_POOLS = 1_000
_WHOLE = re.compile(r"\d{1,7}", re.ASCII)
_LESS = re.compile(r"-\d{1,7}", re.ASCII)
_SIZES = frozenset({"most", "overflow"})
_PLACEHOLDER = re.compile(r"\$\{([A-Za-z_][\w.]*)(?::-?([^}]*))?\}")
_STRING = re.compile(r"(.*?)_?(?:JDBC_)?(?:URL|URI|DSN|CONNECTION_?STRINGS?)(?:_\w+)?")
_HOST = re.compile(r"(.*?)_?(?:HOST|HOSTNAME|SERVER|ADDRESS)")
_USUAL_SIZE, _USUAL_OVERFLOW = 5, 10
_PLAIN = frozenset({"CONNECTION", "CONNECTIONS", "CONN", "APP", "DEFAULT", "CLIENT", "SPRING"})
_LEFT_OUT = {
    "least": "how many stay open: the clients here keep all of a pool",
    "idle": "when an idle connection is closed: the clients here keep all of a pool",
    "wait": "how long one waits for a connection: `calls[].pool.wait` of a world",
    "other": "a pool, but not of connections",
    "unclear": "does not say whose connections",
}


@dataclass(kw_only=True)
class Pool:
    """The connections that one pod keeps to one server.

    Parameters
    ----------
    protocol
        What the server speaks; "" where nothing tells.
    owner
        The words that name it.
    target
        Where it leads; None where nothing says so.
    string
        The setting that says so.
    numbers
        What states its size: role, number, setting.
    processes
        How many processes keep one each.
    called
        What the service is called that it leads to.
    age
        How old its connections become; None where nothing says so.
    """

    protocol: str
    owner: str
    target: Target | None = None
    string: Setting | None = None
    numbers: list[tuple[str, int, Setting]] = field(default_factory=list)
    processes: int = 1
    called: str = ""
    age: Age | None = None

    @property
    def each(self) -> int:
        """Connections of one process; 0 where nothing says."""
        sizes, more = self._of("most"), self._of("overflow")
        if not sizes and not more:
            return 0
        usual = _USUAL_OVERFLOW if "SQLALCHEMY" in self.owner else 0
        return max(sizes, default=_USUAL_SIZE) + max(more, default=usual)

    @property
    def reckoned(self) -> str:
        """How the size of a pod's pool comes about, where it is no single number."""
        sizes, more = self._of("most"), self._of("overflow")
        parts = []
        if len(set(sizes)) > 1:
            parts.append("the largest counts")
        if more or not sizes or self.each > max(sizes):
            parts.append(
                f"{max(sizes, default=_USUAL_SIZE)} and {self.each - max(sizes, default=_USUAL_SIZE)} more"
            )
        if self.processes > 1:
            parts.append(f"in each of {self.processes} processes")
        return ", ".join(parts)

    def _of(self, role: str) -> list[int]:
        return [number for kind, number, _ in self.numbers if kind == role]


@dataclass(frozen=True, kw_only=True)
class Pools:
    """What one program's settings say of pools.

    Parameters
    ----------
    pools
        Those whose size is known, and those that only lead somewhere.
    processes
        The setting that says how many processes there are.
    left_out
        Settings that limit connections and are not used, with why.
    """

    pools: list[Pool]
    processes: tuple[Setting, ...] = ()
    left_out: tuple[tuple[Setting, str], ...] = ()


def pools_of(settings: Sequence[Setting]) -> Pools:
    """Return the pools of a program by all of its settings.

    Raises
    ------
    InputError
        If there are more than any program has.
    """
    settings = _resolved(settings)
    pools = list(_targets(settings))
    numbers: list[tuple[Setting, Meaning, int]] = []
    left_out: list[tuple[Setting, str]] = []
    processes: list[tuple[Setting, int]] = []
    endless: list[tuple[Setting, Meaning]] = []
    meant = [(one, meaning) for one in settings if one.value and (meaning := meaning_of(one.key))]
    ages = [each for each in meant if each[1].role == "age"]
    for one, meaning in meant:
        if meaning.role == "age":
            continue
        if meaning.role in _LEFT_OUT:
            left_out.append((one, _LEFT_OUT[meaning.role]))
        elif meaning.role in _SIZES and _is_endless(one, meaning):
            endless.append((one, meaning))
            left_out.append((one, "is no limit; say --pool"))
        elif not _WHOLE.fullmatch(one.value):
            left_out.append((one, "is no whole number"))
        elif meaning.role == "processes":
            processes.append((one, int(one.value)))
        elif _says_nothing(meaning, pools):
            left_out.append((one, "does not say what it is a pool of; say --pool"))
        else:
            numbers.append((one, meaning, int(one.value)))
    _refuse_many(len(numbers) + len(pools), settings)
    for setting, meaning, number in numbers:
        _pool_of(pools, meaning).numbers.append((meaning.role, number, setting))
    left_out += [each for one in endless for each in _without_limit(pools, *one)]
    left_out += list(_with_ages(pools, ages))
    for pool in pools:
        pool.processes = max([1, *(number for _, number in processes)])
    return Pools(pools=pools, processes=tuple(one for one, _ in processes), left_out=tuple(left_out))


def _refuse_many(count: int, settings: Sequence[Setting]) -> None:
    """Refuse more pools than any program has: each number is held against each pool."""
    if count > _MOST_POOLS:
        place = Place(source=settings[0].place.source)
        allowed = f"at most {_MOST_POOLS:,} numbers and connection strings of one program"
        raise InputError(Fault(what="states too many pools", allowed=allowed, place=place))


def _says_nothing(meaning: Meaning, pools: Sequence[Pool]) -> bool:
    """Whether a number belongs to somebody of whom nothing is known: it may be a pool of anything."""
    if not meaning.owner or meaning.protocol or _PLAIN.issuperset(meaning.owner.split("_")):
        return False
    return not any(one.owner and _begin_alike(one.owner, meaning.owner) for one in pools)


def _is_endless(setting: Setting, meaning: Meaning) -> bool:
    """Whether a size lets a pool grow as far as its program asks: less than nought, and nought in all."""
    is_none = _WHOLE.fullmatch(setting.value) is not None and int(setting.value) == 0
    return (is_none and meaning.role == "most") or _LESS.fullmatch(setting.value) is not None


def _without_limit(pools: list[Pool], setting: Setting, meaning: Meaning) -> Iterator[tuple[Setting, str]]:
    """Take the numbers off a pool that something else lets grow without a limit; yield them, with why."""
    pool = _pool_of(list(pools), meaning)
    for _, _, one in pool.numbers:
        yield one, f"{setting.key} beside it is no limit; say --pool"
    pool.numbers = []


def _pool_of(pools: list[Pool], meaning: Meaning) -> Pool:
    """Return the pool that a number belongs to; a new one where there is none."""
    named = [one for one in pools if one.owner and meaning.owner and _begin_alike(one.owner, meaning.owner)]
    alike = [one for one in pools if _agree(one.protocol, meaning.protocol)]
    if not meaning.protocol and not meaning.owner:
        alike = [one for one in pools if one.protocol in SQL] or pools
    found = named or alike
    if not found:
        pools.append(Pool(protocol=meaning.protocol, owner=meaning.owner))
        return pools[-1]
    return found[0]


def _with_ages(pools: list[Pool], ages: Sequence[tuple[Setting, Meaning]]) -> Iterator[tuple[Setting, str]]:
    """Give pools whose size is known the ages of their connections; yield what says none, with why."""
    for setting, meaning in ages:
        sized = [pool for pool in pools if pool.each]
        pool = _pool_of(sized, meaning)
        age = age_of(setting)
        if isinstance(age, str):
            yield setting, age
        elif not pool.each:
            yield setting, "no size of a pool stands beside it"
        elif pool.age is None or age.age_s < pool.age.age_s:
            pool.age = age


def _begin_alike(one: str, other: str) -> bool:
    first, second = one.split("_"), other.split("_")
    count = min(len(first), len(second))
    return first[:count] == second[:count] and _agree(protocol_of(one), protocol_of(other))


def _agree(one: str, other: str) -> bool:
    return one == other or {one, other} <= SQL or not one or not other


def _targets(settings: Sequence[Setting]) -> Iterator[Pool]:
    """Yield a pool for each connection string, and for each host that is named apart from its port."""
    known: set[tuple[str, int]] = set()
    for one in settings:
        words = _STRING.fullmatch(words_of(one.key))
        target = target_of(one.value) if words is not None or "://" in one.value else None
        if target is None or not target.host:
            continue
        owner = words[1] if words is not None else words_of(one.key)
        pool = Pool(protocol=target.protocol, owner=owner, target=target, string=one)
        pool.numbers = [(role, number, one) for role, number in target.numbers.items()]
        if (target.host, target.port) not in known or pool.numbers:
            known.add((target.host, target.port))
            yield pool
    by_name = {
        words_of(one.key).replace("PGHOST", "PG_HOST").replace("PGPORT", "PG_PORT"): one for one in settings
    }
    for name, one in by_name.items():
        found = _HOST.fullmatch(name)
        protocol = protocol_of(found[1]) if found is not None else ""
        if found is None or not protocol or not one.value or protocol == "http":
            continue
        host, _, stated = one.value.partition(":")
        port = stated or by_name[f"{found[1]}_PORT"].value if stated or f"{found[1]}_PORT" in by_name else ""
        number = int(port) if port.isdigit() else PORTS.get(protocol, 0)
        told = next((spoken for spoken, usual in PORTS.items() if usual == number), protocol)
        base = next((by_name[key].value for end in ("NAME", "DATABASE", "DB")
                     if (key := f"{found[1]}_{end}") in by_name), "")  # fmt: skip
        if (host, number) not in known and (number or not _is_at(known, host, protocol)):
            known.add((host, number))
            target = Target(protocol=told, host=host, port=number, database=base)
            yield Pool(protocol=told, owner=found[1], target=target, string=one)


def _is_at(known: Iterable[tuple[str, int]], host: str, protocol: str) -> bool:
    """Whether a connection string leads to a host, of which its name alone says no port."""
    spoken = {port: each for each, port in PORTS.items()}
    return any(name == host and _agree(spoken.get(port, ""), protocol) for name, port in known)


def _resolved(settings: Sequence[Setting]) -> list[Setting]:
    """Put in what `${NAME:20}` stands for: the variable, else what stands behind the colon."""
    known = {one.key: one.value for one in settings if not _PLACEHOLDER.search(one.value)}
    return [
        Setting(
            section=one.section,
            key=one.key,
            value=_PLACEHOLDER.sub(lambda found: known.get(found[1], found[2] or ""), one.value),
            place=one.place,
        )
        for one in settings
    ]
