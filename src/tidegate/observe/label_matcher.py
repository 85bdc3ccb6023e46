"""Which series does a selector mean? `{instance="a:9100",job=~"node.*"}`, as Prometheus reads it.

Source: prometheus.io/docs/prometheus/latest/querying/basics: a label that is not there is empty, and a
pattern must match the whole word. Shortcut: patterns are Python's, not RE2's; where Prometheus itself selects
they are its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

_PAIR = re.compile(r'\s*([A-Za-z_]\w*)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)', re.ASCII)
_LONGEST = 1_000


@dataclass(frozen=True, kw_only=True)
class LabelMatcher:
    """One condition on a label.

    Parameters
    ----------
    label, sign, word
        Such as ``job``, ``=~`` and ``node.*``.
    """

    label: str
    sign: str
    word: str

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(self.word, re.ASCII)

    def is_met(self, labels: Mapping[str, str]) -> bool:
        """Whether labels meet it."""
        found = labels.get(self.label, "")
        is_pattern = "~" in self.sign
        is_same = self._pattern.fullmatch(found) is not None if is_pattern else found == self.word
        return is_same != self.sign.startswith("!")

    @property
    def text(self) -> str:
        """It, as Prometheus reads it."""
        word = self.word.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'{self.label}{self.sign}"{word}"'


def read_matchers(said: str) -> tuple[LabelMatcher, ...] | None:
    """Return the conditions of a selector, with or without its braces; None where it is none or means all."""
    text = said.strip()
    if len(text) > _LONGEST or text.startswith("{") != text.endswith("}"):
        return None
    found, rest = [], text.removeprefix("{").removesuffix("}")
    while rest.strip():
        pair = _PAIR.match(rest)
        if pair is None:
            return None
        word = re.sub(r"\\(.)", lambda one: "\n" if one[1] == "n" else one[1], pair[3])
        found.append(LabelMatcher(label=pair[1], sign=pair[2], word=word))
        rest = rest[pair.end() :]
    if not all(_is_pattern(one.word) for one in found if "~" in one.sign):
        return None
    return tuple(found) if any(one.sign == "=" and one.word for one in found) else None


def _is_pattern(word: str) -> bool:
    try:
        re.compile(word, re.ASCII)
    except (re.error, RecursionError, OverflowError):
        return False
    return True


def selector(metric: str, matchers: tuple[LabelMatcher, ...]) -> str:
    """Return a name and conditions as Prometheus reads them."""
    return f"{metric}{{{','.join(one.text for one in matchers)}}}"
