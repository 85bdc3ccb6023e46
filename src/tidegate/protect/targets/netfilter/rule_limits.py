"""What do the rules of a packet filter limit, in the words of a crossing? All else that limits is told.

A limit is taken over where it sees all new flows of the crossing (`seen_flows`) and does something with the
excess.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tidegate.protect.adopted import Findings
from tidegate.protect.config_file import identifier
from tidegate.protect.targets.netfilter.rule import Chain, Limit, Rule, Table
from tidegate.protect.targets.netfilter.seen_flows import (
    Surroundings,
    Way,
    chooses_new,
    gaps,
    passing_chains,
    surroundings,
    ways,
)

_MOST_PAIRS = 400_000


@dataclass(frozen=True, kw_only=True)
class _Found:
    """A rule that limits something, and where it stands."""

    rule: Rule
    limit: Limit
    crossing: str
    excess: str


def interpret(tables: Sequence[Table], findings: Findings) -> None:
    """Give `findings` every limit on new flows that the rules hold."""
    rules = [rule for table in tables for chain in table.chains.values() for rule in chain.rules]
    limits_count = sum(rule.limit is not None for rule in rules)
    if limits_count * len(rules) > _MOST_PAIRS:
        what = "holds too many rules that limit: each is seen against all others"
        findings.fault(1, what, value=f"{limits_count:,} of {len(rules):,}", allowed="the chains that matter")
        return
    around = surroundings(findings.subjects.world, tables)
    has_hooks = any(chain.hook for table in tables for chain in table.chains.values())
    for table in tables:
        _Table(table, findings, around, ways(table, has_hooks=has_hooks)).read()


class _Table:
    """Reads one table."""

    def __init__(
        self, table: Table, findings: Findings, around: Surroundings, come: Mapping[str, Sequence[Way]]
    ) -> None:
        self._table = table
        self._written = table.name.rpartition(" ")[2].removeprefix("tg_")
        self._findings = findings
        self._around = around
        self._come = come
        self._passing = passing_chains(table.chains)

    def read(self) -> None:
        """Give what its rules limit to the findings."""
        for chain in self._table.chains.values():
            for index, rule in enumerate(chain.rules):
                if rule.ports_count:
                    self._ports(rule)
                if rule.limit is not None:
                    self._limit(chain, index, rule, rule.limit)

    def _ignore(self, rule: Rule, why: str) -> None:
        self._findings.ignore(rule.line, rule.text, why)

    def _crossing(self, line: int) -> str:
        return self._findings.crossing(line, self._written, identifier)

    def _limit(self, chain: Chain, index: int, rule: Rule, limit: Limit) -> None:
        before, come = chain.rules[:index], self._come[chain.name] or [Way(hook="", policy=chain.policy)]
        excess = next(filter(None, (self._excess(chain, index, rule, way) for way in come)), "")
        is_new = any(chooses_new(rule, before, way) for way in come)
        why = _not_taken(limit, excess, is_new=is_new)
        if why:
            self._ignore(rule, why)
            return
        crossing = self._crossing(rule.line)
        if not crossing:
            return
        hidden = self._hidden(chain, index, rule, crossing)
        if hidden:
            self._ignore(rule, hidden)
            return
        found = _Found(rule=rule, limit=limit, crossing=crossing, excess=excess)
        if limit.kind == "rate":
            key = "per_source" if limit.per_source else "rate"
            beside = {"per_source_burst" if limit.per_source else "burst": limit.burst_count}
            self._keep_stricter(found, key, limit.per_s, beside)
        elif limit.count >= 1:  # `over 0` holds nothing back that a world could say
            self._keep_stricter(found, "concurrent", limit.count, {})

    def _hidden(self, chain: Chain, index: int, rule: Rule, crossing: str) -> str:
        """Return why a limit does not see every new flow of a crossing; empty where it does."""
        told: list[str] = []
        for way in self._come[chain.name]:
            before = chain.rules[:index]
            found = list(gaps(rule, before, way, self._around, crossing, self._passing))
            if not found:
                return ""
            told += found
        return "; ".join(dict.fromkeys(told)) or f"no rule jumps to its chain {chain.name}"

    def _excess(self, chain: Chain, index: int, rule: Rule, way: Way) -> str:
        """Return what happens to the excess: drop, reset, or the empty string for nothing."""
        assert rule.limit is not None
        if rule.limit.is_over:
            return self._end(rule)
        if rule.verdict not in {"accept", "return"}:
            return ""
        for later in (*chain.rules[index + 1 :], *way.after):
            if later.sees_new and not later.limit and self._end(later):
                return self._end(later)
        return "drop" if way.policy == "drop" else ""

    def _end(self, rule: Rule) -> str:
        if rule.verdict in {"drop", "reset"}:
            return rule.verdict
        goal = self._table.chains.get(rule.goal)
        ends = [] if goal is None else [one.verdict for one in goal.rules]
        return "reset" if "reset" in ends else "drop" if "drop" in ends else ""

    def _keep_stricter(self, found: _Found, key: str, value: float, beside: Mapping[str, int]) -> None:
        at = f"crossings.{found.crossing}.admission."
        words, line = found.rule.text, found.rule.line
        if self._findings.value(at + key) == value:
            return  # the same limit for IPv6
        if not self._findings.stricter(at + key, value, words, line):
            return
        for other, count in beside.items():
            self._findings.found(at + other, count, words, line)
        before = self._findings.value(at + "on_excess")
        if before not in {None, found.excess}:
            self._ignore(found.rule, f"the excess of another limit meets {before}; a world says one for all")
        self._findings.found(at + "on_excess", found.excess, words, line)

    def _ports(self, rule: Rule) -> None:
        crossing = self._crossing(rule.line)
        if crossing:
            path = f"crossings.{crossing}.ports.per_destination"
            self._findings.found(path, rule.ports_count, rule.text, rule.line)


def _not_taken(limit: Limit, excess: str, *, is_new: bool) -> str:
    """Return why a limit is none that a world has a key for, whatever flows it sees; empty if it is."""
    if limit.kind == "bytes":
        return "limits bytes, not new flows"
    if limit.kind == "recent":
        return (
            "counts what one source did lately (recent): no bucket, which is what `per_source` of a world is"
        )
    if not is_new:
        return "limits all packets, not new flows; `ct state new` would choose those"
    if not excess:
        return "lets the excess pass on, so it limits nothing"
    if limit.kind == "count" and limit.per_source:
        return "limits the open flows of one source, which a world has no key for"
    return ""
