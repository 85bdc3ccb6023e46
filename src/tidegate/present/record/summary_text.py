"""What happened, afterwards, in sentences: the same ones as Markdown and on the console.

A summary is a row of blocks; how a block looks is for whoever writes it. Texts in blocks are plain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tidegate.journal.moment import utc
from tidegate.present.layout import plain
from tidegate.present.record.outage_text import STATUS_WORDS, clock_text, reason_text, span_text
from tidegate.present.sentence import ended
from tidegate.track.component import Status
from tidegate.track.outage import Change
from tidegate.track.summary import Impact, Summary

_SURE = {
    "observed": "",
    "likely": " This is likely, not certain.",
    "possible": " This is possible, not certain.",
}
_FIELDS: Mapping[str, str] = {
    "title": "What it is called",
    "since_s": "When it began",
    "cause": "What it came from",
    "because": "Why that is held to be the cause",
    "certainty": "How sure we are",
    "components": "Which components were hit",
    "segments": "Which customers were hit",
    "sees": "What customers lost",
    "keeps": "What went on working",
    "dark": "What went dark with it",
}


@dataclass(frozen=True, kw_only=True)
class Block:
    """One part of a summary.

    Parameters
    ----------
    kind
        "head", "text", "list" or "table".
    text
        The words of a head or a text.
    items
        The items of a list, or the rows of a table, its heads first.
    """

    kind: str
    text: str = ""
    items: Sequence[Sequence[str]] = ()


def summary_page(found: Summary, *, titles: Mapping[str, str], zone_name: str) -> str:
    """Return the post-event summary as Markdown."""
    lines = [f"# {_safe(found.outage.title)}"]
    for block in summary_blocks(found, titles=titles, zone_name=zone_name):
        lines += ["", *_markdown(block)]
    return "\n".join(lines) + "\n"


def _markdown(block: Block) -> Iterator[str]:
    if block.kind == "head":
        yield f"## {block.text}"
    elif block.kind == "text":
        yield _safe(block.text)
    elif block.kind == "list":
        for number, item in enumerate(block.items, 1):
            yield f"{number}. {_safe(item[0])}"
    else:
        heads, *rows = block.items
        yield _row(*heads)
        yield f"|{' --- |' * len(heads)}"
        for row in rows:
            yield _row(*row)


def summary_blocks(found: Summary, *, titles: Mapping[str, str], zone_name: str) -> Iterator[Block]:
    """Yield what happened, part by part, without the title."""
    yield Block(kind="text", text=_in_short(found, zone_name))
    yield Block(kind="head", text="Cause")
    yield from _cause(found, titles)
    yield Block(kind="head", text="Impact")
    yield from _impact(found, titles, zone_name)
    yield Block(kind="head", text="What was tried, and what it did")
    yield _done(found, zone_name)
    yield Block(kind="head", text="What was said")
    yield Block(kind="text", text=_spoken(found))
    for change in found.corrections:
        yield Block(kind="text", text=_corrected(change, zone_name))
    yield Block(kind="head", text="Timeline")
    yield _timeline(found, titles, zone_name)


def _in_short(found: Summary, zone_name: str) -> str:
    one = found.outage
    began = clock_text(one.since_s, zone_name)
    if one.until_s is None:
        sentences = [
            f"It began at {began} and has lasted {span_text(found.lasted_s)} so far. It is not over."
        ]
    else:
        sentences = [f"It began at {began} and lasted {span_text(found.lasted_s)}."]
    if found.contained_after_s is not None:
        sentences.append(f"What broke was mended after {span_text(found.contained_after_s)}.")
    if found.draining_ratio > 0:
        sentences.append(f"{found.draining_ratio:.0%} of the time was spent draining what had piled up.")
    if found.words.first_after_s is None:
        sentences.append("Nothing was said in public.")
    else:
        sentences.append(f"The first public word came after {span_text(found.words.first_after_s)}.")
    if one.is_exercise:
        sentences.insert(0, "This was an exercise.")
    return " ".join(sentences)


def _cause(found: Summary, titles: Mapping[str, str]) -> Iterator[Block]:
    one = found.outage
    if not one.cause:
        yield Block(kind="text", text="The record names none.")
    else:
        because = reason_text(one, titles)
        why = f" {ended(because[:1].upper() + because[1:])}" if because else ""
        named = ended(titles.get(one.cause, one.cause))
        yield Block(kind="text", text=f"{named}{why}{_SURE[one.certainty]}")
    if one.dark:
        dark = ", ".join(titles.get(name, name) for name in one.dark)
        yield Block(kind="text", text=f"It took with it what reports on it and helps: {dark}.")


def _impact(found: Summary, titles: Mapping[str, str], zone_name: str) -> Iterator[Block]:
    one = found.outage
    if one.segments:
        rows = [
            (titles.get(name, name), one.sees.get(name, ""), one.keeps.get(name, "")) for name in one.segments
        ]
        yield Block(kind="table", items=[("customers", "lost", "kept"), *rows])
    if not found.impacts:
        yield Block(kind="text", text="No component is on record as hit.")
        return
    heads = ("component", "worst", "from", "until", "altogether")
    yield Block(kind="table", items=[heads, *(_hit(hit, titles, zone_name) for hit in found.impacts)])


def _hit(hit: Impact, titles: Mapping[str, str], zone_name: str) -> tuple[str, ...]:
    until = "still" if hit.until_s is None else clock_text(hit.until_s, zone_name, dated=False)
    began = clock_text(hit.from_s, zone_name, dated=False)
    return titles.get(hit.name, hit.name), STATUS_WORDS[hit.worst], began, until, span_text(hit.down_s)


def _done(found: Summary, zone_name: str) -> Block:
    if not found.tried:
        return Block(kind="text", text="The record names nothing.")
    items = []
    for one in found.tried:
        effect = ended(one.effect) if one.effect else "What it did is not on record."
        source = f" ({one.source})" if one.source else ""
        when = clock_text(one.at_s, zone_name, dated=False)
        items.append([f"{when}: {ended(one.what)} {effect}{source}"])
    return Block(kind="list", items=items)


def _spoken(found: Summary) -> str:
    words = found.words
    if words.first_after_s is None or words.longest_gap_s is None:
        return "Nothing was said in public."
    if words.updates_count == 1:
        counted = f"There was one update, after {span_text(words.first_after_s)}."
    else:
        counted = (
            f"There were {words.updates_count} updates, the first after {span_text(words.first_after_s)}."
        )
    return f"{counted} The longest silence lasted {span_text(words.longest_gap_s)}. {_promises(found)}"


def _promises(found: Summary) -> str:
    made, kept = found.words.promises_count, found.words.kept_count
    if not made:
        return "No promise of a next update fell due."
    if made == 1:
        return f"The one promised update {'came in time' if kept else 'did not come in time'}."
    return f"{kept or 'None'} of {made} promised updates came in time."


def _corrected(change: Change, zone_name: str) -> str:
    about = _FIELDS.get(change.name, change.name)
    why = f" {ended(change.because)}" if change.because else ""
    return f"{about} was corrected at {clock_text(change.said_s, zone_name)}.{why}"


def _timeline(found: Summary, titles: Mapping[str, str], zone_name: str) -> Block:
    named = {"said": "we said: ", "tried": "tried: ", "note": "note: ", "began": "began: "}
    day, rows = "", []
    for line in found.timeline:
        what = line.what
        if line.kind == "component":
            name, _, status = what.rpartition(": ")
            what = f"{titles.get(name, name)}: {STATUS_WORDS[Status(status)]}"
        is_new_day, day = day != f"{utc(line.at_s):%Y-%m-%d}", f"{utc(line.at_s):%Y-%m-%d}"
        when = clock_text(line.at_s, zone_name, dated=is_new_day)
        rows.append((when, f"{named.get(line.kind, '')}{what}"))
    return Block(kind="table", items=[("time", "what"), *rows])


def _safe(text: str) -> str:
    """Return text that stays text in Markdown and HTML."""
    shown = plain(text, unicode=True).replace("\\", "\\\\")
    for sign in "`*_[]<>#":
        shown = shown.replace(sign, {"<": "&lt;", ">": "&gt;"}.get(sign, f"\\{sign}"))
    return shown


def _row(*cells: str) -> str:
    """Return a row of a Markdown table."""
    return "| " + " | ".join(_safe(text).replace("|", "\\|") for text in cells) + " |"
