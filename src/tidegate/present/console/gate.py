"""How often was the gate right, and what did it say last? One page for operators."""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.present.console.frame import GATE, Reader, console_page, more, section
from tidegate.present.record.rulings_text import NOBODY, READ_SO, became, in_short, share_text, verdict_word
from tidegate.present.report.markup import Html, join, tag
from tidegate.present.site.escaped import line
from tidegate.track.given_ruling import GivenRuling
from tidegate.track.right_or_wrong import Standing, standings

_MOST_SHOWN = 50
_WORLDS = (
    "World", "Given", "Proceed", "Slow down", "Stop", "Cannot tell", "Overridden", "Missed", "False alarms",
    "Not known yet",
)  # fmt: skip


def gate_page(reader: Reader, given: Sequence[GivenRuling]) -> str:
    """Return how often the gate was right by world, and its newest rulings.

    Parameters
    ----------
    reader
        For whom.
    given
        All that it said, in order of time.
    """
    if not given:
        said = tag("p", "The gate has given no ruling yet.", class_="quiet")
        return console_page(reader, "Gate", tag("h1", "Gate"), said, here=GATE)
    found = standings(given)
    newest = given[: -_MOST_SHOWN - 1 : -1]
    wrong = [one for one in reversed(given) if one.outcome == "wrong"][:_MOST_SHOWN]
    parts = [tag("h1", in_short(found).removesuffix("."))]
    rows = [_row(_world(one), _WORLDS) for one in found]
    parts.append(section("By world", _table("By world", _WORLDS, rows), tag("p", READ_SO, class_="quiet")))
    if wrong:
        parts.append(section("Wrong", *(_ruling(reader, one) for one in wrong)))
    note = f"the last {len(newest)} of {len(given):,}" if len(newest) < len(given) else ""
    parts.append(section("Newest", *(_ruling(reader, one) for one in newest), note=note))
    return console_page(reader, "Gate", *parts, here=GATE)


def _world(one: Standing) -> Sequence[str]:
    return (
        line(one.world) or NOBODY, f"{one.given_count:,}", f"{one.proceed_count:,}",
        f"{one.slow_down_count:,}", f"{one.stop_count:,}", f"{one.cannot_tell_count:,}",
        f"{one.overridden_count:,}",
        share_text(one.missed_count, one.called_safe_count),
        share_text(one.false_alarms_count, one.called_unsafe_count),
        f"{one.unknown_count + one.unscored_count:,}",
    )  # fmt: skip


def _row(cells: Sequence[str], heads: Sequence[str]) -> Html:
    values = (tag("td", cell, data_head=head) for cell, head in zip(cells[1:], heads[1:], strict=True))
    return tag("tr", tag("th", cells[0], scope="row"), *values)


def _table(name: str, heads: Sequence[str], rows: Sequence[Html]) -> Html:
    top = tag("tr", *(tag("th", head, scope="col") for head in heads))
    table = tag("table", tag("thead", top), tag("tbody", *rows))
    return tag("div", table, class_="scroll stack", tabindex="0", role="region", aria_label=name)


def _ruling(reader: Reader, one: GivenRuling) -> Html:
    """Return one ruling: what was asked, said and done; what it rests on is folded."""
    score = f" · {one.outcome}{f' ({_words(one.mistake)})' if one.mistake else ''}" if one.outcome else ""
    head = f"{verdict_word(one.verdict)}: {'; '.join(f'{name} {said}' for name, said in one.sizes.items())}"
    facts = tag("p", reader.when(one.at_s), f" · {became(one)} ({one.mode}){score}", class_="facts")
    rows = {
        "Asked by": " ".join((one.asked_by, f"({one.caller})")).strip(),
        "Overridden": one.override,
        "Judged": one.judged,
        "World": f"{one.world} {one.digest[:16]}".strip(),
        "Evidence": one.evidence,
        "Decided by": "; ".join(f"{path} = {number}" for path, number in one.numbers.items()),
        "Id": one.id,
    }
    listed = [join(tag("dt", label), tag("dd", line(words))) for label, words in rows.items() if words]
    return tag(
        "article",
        tag("h3", line(head) if one.sizes else line(one.about)),
        facts,
        tag("p", line(one.why)),
        *([tag("p", f"Seen: {line(one.because)}")] if one.because else []),
        more("What it rests on", tag("dl", *listed, class_="labels")),
        class_="card",
    )


def _words(mistake: str) -> str:
    return mistake.replace("_", " ")
