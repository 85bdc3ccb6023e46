"""What happened, on a page of the console: the summary's own sentences, and the way to take them along."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tidegate.present.console.frame import CONSOLE, Reader, console_page
from tidegate.present.record.summary_text import Block, summary_blocks
from tidegate.present.report.markup import Html, tag
from tidegate.present.site.escaped import line
from tidegate.track.summary import Summary


def summary_page(reader: Reader, found: Summary, *, titles: Mapping[str, str]) -> str:
    """Return the page."""
    one = found.outage
    own = f"{CONSOLE}/outages/{one.id}"
    ways = tag(
        "p",
        tag("a", "Back to the outage", href=own),
        tag("a", "Download as Markdown", href=f"{own}/summary.md"),
        class_="ways",
    )
    blocks = [_shown(block) for block in summary_blocks(found, titles=titles, zone_name=reader.zone)]
    return console_page(
        reader, f"Summary: {one.title}", tag("h1", line(one.title)), ways, *blocks, here=f"{CONSOLE}/outages"
    )


def _shown(block: Block) -> Html:
    if block.kind == "head":
        return tag("h2", block.text)
    if block.kind == "text":
        return tag("p", line(block.text))
    if block.kind == "list":
        return tag("ol", *(tag("li", line(item[0])) for item in block.items))
    heads, *rows = block.items
    top = tag("tr", *(tag("th", head, scope="col") for head in heads))
    table = tag("table", tag("thead", top), tag("tbody", *(tag("tr", *_cells(heads, row)) for row in rows)))
    return tag("div", table, class_="scroll stack", tabindex="0", role="region", aria_label=f"By {heads[0]}")


def _cells(heads: Sequence[str], row: Sequence[str]) -> Iterator[Html]:
    first, *rest = row
    yield tag("th", line(first), scope="row")
    for head, cell in zip(heads[1:], rest, strict=False):
        yield tag("td", line(cell), class_="wrap", data_head=head)
