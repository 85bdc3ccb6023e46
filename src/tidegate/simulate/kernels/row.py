"""A row of memory as a value whose columns have names: ``device.entries_count``, ``exchange.sent_ns``.

A noun is a subclass of `Row`; its columns stand in the order in which they are declared, and nowhere else is
their order known. Compiled, a row is two machine words (memory and address) and an attribute is one load or
store, as if the number of the column had been written there (`compiled_row`); as plain Python it is a small
object with descriptors. On the class itself a column is its number, by which tables are lowered and read:
``table[:, Device.forward_ns]``.

A column is a *parameter*, lowered from the world and changed only when a phase begins, or *state*, which
kernels change during a run. Parameters come first. -1 means "none" wherever a column may lack something.
"""

from __future__ import annotations

from enum import EnumMeta, IntEnum
from typing import Any, ClassVar, Generic, Self, TypeVar, overload

from tidegate.simulate.kernels.compile import Memory


class Field(int):
    """A column or several of a row; on its class, the number of the first.

    Parameters
    ----------
    number
        Which column of its row it is.
    meaning
        What stands there: its unit where the name does not say it, and what -1 means.
    start
        What stands there before a run.
    into
        Which list its number counts the words of, where it becomes an address in memory; else "".
    """

    meaning: str
    start: int
    into: str
    to: str = ""

    def __new__(cls, number: int = 0, *, meaning: str = "", start: int = 0, into: str = "") -> Self:
        """Return the field at a place."""
        field = super().__new__(cls, number)
        field.meaning, field.start, field.into = meaning, start, into
        return field

    @property
    def words_count(self) -> int:
        """How many words it takes."""
        return 1


class Column(Field):
    """A column of whole numbers."""

    @overload
    def __get__(self, row: None, noun: type) -> Self: ...
    @overload
    def __get__(self, row: Row, noun: type) -> int: ...
    def __get__(self, row: Row | None, noun: type) -> Any:
        """Return what stands there; of the class, the field itself."""
        return self if row is None else row.memory[row.at + int(self)]

    def __set__(self, row: Row, value: int) -> None:
        row.memory[row.at + int(self)] = value


class Amount(Field):
    """A column of a row in the memory of floats."""

    @overload
    def __get__(self, row: None, noun: type) -> Self: ...
    @overload
    def __get__(self, row: Row, noun: type) -> float: ...
    def __get__(self, row: Row | None, noun: type) -> Any:
        """Return what stands there; of the class, the field itself."""
        return self if row is None else row.memory[row.at + int(self)]

    def __set__(self, row: Row, value: float) -> None:
        row.memory[row.at + int(self)] = value


Other = TypeVar("Other", bound="Row")


class Link(Field, Generic[Other]):
    """A column that refers to a row: by its number in a table, and in memory by its address."""

    @overload
    def __get__(self, row: None, noun: type) -> Self: ...
    @overload
    def __get__(self, row: Row, noun: type) -> Other: ...
    def __get__(self, row: Row | None, noun: type) -> Any:
        """Return the row; of the class, the field itself."""
        return self if row is None else NOUNS[self.to](row.memory, int(row.memory[row.at + int(self)]))

    def __set__(self, row: Row, value: Other | int) -> None:
        row.memory[row.at + int(self)] = value.at if isinstance(value, Row) else value


class Part(Field, Generic[Other]):
    """Columns that are a row of their own within this one."""

    @property
    def words_count(self) -> int:
        """How many words it takes."""
        return NOUNS[self.to].SIZE

    @overload
    def __get__(self, row: None, noun: type) -> Self: ...
    @overload
    def __get__(self, row: Row, noun: type) -> Other: ...
    def __get__(self, row: Row | None, noun: type) -> Any:
        """Return the row; of the class, the field itself."""
        return self if row is None else NOUNS[self.to](row.memory, row.at + int(self))


class NamedMeta(EnumMeta):
    """By this the compiler knows a `Named`."""


class Named(IntEnum, metaclass=NamedMeta):
    """Numbers with names, which mean something together; compiled, each is its number."""


KINDS: dict[str, type[Field]] = {"Column": Column, "Amount": Amount, "Link": Link, "Part": Part}
NOUNS: dict[str, type[Row]] = {}
"""Every noun by its name."""


class Declared:
    """What was said of a column before it had a number."""

    def __init__(self, meaning: str, *, is_parameter: bool, start: int, into: str, like: Any) -> None:
        self.meaning, self.is_parameter, self.like = meaning, is_parameter, like
        self.start, self.into = start, into


def parameter(meaning: str, *, into: str = "") -> Any:
    """Declare a column that is lowered from the world; `into` is the list that its number counts in."""
    return Declared(meaning, is_parameter=True, start=0, into=into, like=None)


def state(meaning: str, *, start: int = 0, like: Any = None) -> Any:
    """Declare a column that kernels change; `like` is the column in whose place it stands, by another name."""
    return Declared(meaning, is_parameter=False, start=start, into="", like=like)


class Row:
    """A place in memory whose columns have names."""

    __slots__ = ("at", "memory")
    memory: Memory
    at: int
    FIELDS: ClassVar[dict[str, Field]]
    PARAMETERS: ClassVar[int]
    SIZE: ClassVar[int]

    def __init__(self, memory: Memory, at: int) -> None:
        self.memory, self.at = memory, at

    def __init_subclass__(cls, *, words: int = 0) -> None:
        """Give every declared column its number; a row may take more `words` than it has columns."""
        NOUNS[cls.__name__] = cls
        cls.FIELDS, cls.PARAMETERS, following = {}, 0, 0
        numbers: dict[int, Field] = {}
        for name, said in list(vars(cls).items()):
            if not isinstance(said, Declared):
                continue
            kind, _, to = cls.__annotations__[name].rstrip("]").partition("[")
            at = following if said.like is None else int(numbers[id(said.like)])
            field = KINDS[kind](at, meaning=said.meaning, start=said.start, into=said.into)
            field.to = to
            numbers[id(said)] = cls.FIELDS[name] = field
            if said.like is None:
                following += field.words_count
                cls.PARAMETERS = following if said.is_parameter else cls.PARAMETERS
            setattr(cls, name, field)
        cls.SIZE = max(following, words)

    @classmethod
    def holds_floats(cls) -> bool:
        """Return whether its rows stand in the memory of floats."""
        return any(isinstance(field, Amount) for field in cls.FIELDS.values())

    @property
    def exists(self) -> bool:
        """Whether there is such a row: "none" is -1, or 0 in the calendar; at 0 stands the head."""
        return self.at > 0

    def on(self, rows: int) -> Self:
        """Return the row that stands so many rows after this one."""
        return type(self)(self.memory, self.at + rows * self.SIZE)
