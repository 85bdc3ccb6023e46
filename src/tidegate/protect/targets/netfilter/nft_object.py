"""Which named objects does an nftables table hold? Limits, and the elements of sets and maps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tidegate.protect.targets.netfilter.nft_text import Block
from tidegate.protect.targets.netfilter.rule import Limit

VERDICTS = frozenset({"accept", "drop", "return"})


@dataclass(kw_only=True)
class Objects:
    """The named objects of one table.

    Parameters
    ----------
    limits
        Limits by name.
    sets
        Elements of sets and maps by name; None where they come at run time.
    used
        Names of limits that some rule uses.
    """

    limits: dict[str, Limit | None] = field(default_factory=dict)
    sets: dict[str, tuple[str, ...] | None] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)


def parted(word: str) -> tuple[str, ...]:
    """Return the parts of a word that is written with commas, without quotation marks."""
    return tuple(part.strip('"') for part in word.split(",") if part)


def elements_of(block: Block) -> Mapping[str, tuple[str, ...] | None]:
    """Return the elements of a set or map by its name; None where they come at run time."""
    name = block.words[1] if len(block.words) > 1 else ""
    for child in block.children:
        if child.words[:2] == ("elements", "="):
            words = [word for word in child.words[2:] if word not in {"{", "}"}]
            return {name: tuple(part for word in words for part in parted(word))}
    return {name: None}


def entries_of(words: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the values of a map and their verdicts, from words such as `22 : jump ssh`."""
    value: list[str] = []
    verdict: list[str] = []
    behind = False
    for i, word in enumerate(words):
        if word == ":":
            behind = True
        elif (behind and words[i + 1 : i + 2] == (":",)) or (behind and _begins_value(words, i)):
            yield " ".join(value), tuple(verdict)
            value, verdict, behind = [word], [], False
        elif behind:
            verdict.append(word)
        else:
            value.append(word)
    if value:
        yield " ".join(value), tuple(verdict)


def _begins_value(words: Sequence[str], i: int) -> bool:
    """Whether the word at `i` is the first of a value that is written with several words."""
    return bool(words[i - 1] in VERDICTS)
