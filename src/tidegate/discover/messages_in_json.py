"""Which flow logs stand inside JSON? The messages of CloudWatch Logs and of its queries, read as a stream.

Sources: AWS CLI's reference: `logs filter-log-events` and `get-log-events` (`events[].message`),
`get-query-results` (`results[][]{field, value}`, at most 10,000), CloudWatch Logs user guide, "Real-time
processing with subscriptions" (`logEvents[].message`) and exports of Logs Insights (`@message`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from tidegate.discover.conntrack_text import Passed

_MESSAGE = re.compile(
    r'"(?:@?message"\s*:|field"\s*:\s*"@message"\s*,\s*"value"\s*:)\s*("(?:[^"\\]|\\.){0,8192}")', re.DOTALL
)
_LISTS = re.compile(r'"(?:events|logEvents|searchedLogStreams|nextForwardToken)"\s*:|"@message"')
_RESULTS = re.compile(r'"field"\s*:\s*"(?:@(?:message|timestamp|ptr)|srcAddr|dstAddr)"|"@message"\s*:')
_UNFINISHED = re.compile(r'"status"\s*:\s*"(Scheduled|Running|Failed|Cancelled|Timeout|Unknown)"')
_MORE = re.compile(r'"(?:NextToken|nextToken)"\s*:\s*"')
_PARSED = re.compile(r'"field"\s*:\s*"(?:srcAddr|dstAddr|interfaceId)"')
_MOST_ENTRIES = 10_000
"""No query and no page has more."""
_KEPT_CHARACTERS = 16_384
_FEW = 50


def is_of_logs(beginning: str) -> bool:
    """Whether a JSON text begins as what CloudWatch Logs gives."""
    return bool(_LISTS.search(beginning) or _RESULTS.search(beginning))


def is_of_query(beginning: str) -> bool:
    """Whether it is what a query found, which comes with the latest first."""
    return bool(_RESULTS.search(beginning))


def has_parsed_fields(beginning: str) -> bool:
    """Whether a query gave single fields of flow logs in place of whole messages."""
    return bool(_PARSED.search(beginning))


def first_messages(beginning: str) -> list[str]:
    """Return the first messages of a JSON text."""
    found = (_text(one[1]) for _, one in zip(range(_FEW), _MESSAGE.finditer(beginning), strict=False))
    return [line for text in found for line in text.splitlines()]


def messages(blocks: Iterable[str], passed: Passed) -> Iterator[str]:
    """Yield the lines of all messages.

    Parameters
    ----------
    blocks
        The JSON, cut anywhere.
    passed
        Is told where something is missing from it.
    """
    text, count, missing = "", 0, ""
    for block in blocks:
        text += block
        for sign, what in ((_UNFINISHED, "the query had not ended"), (_MORE, "further pages are left")):
            missing = missing or (what if sign.search(text) else "")
        at = 0
        for found in _MESSAGE.finditer(text):
            at, count = found.end(), count + 1
            yield from _text(found[1]).splitlines()
        text = text[max(at, len(text) - _KEPT_CHARACTERS) :]
    if missing:
        passed.cut_short.append(missing)
    elif count and count % _MOST_ENTRIES == 0:
        passed.cut_short.append(f"it has {count:,} entries, of which a query or a page has no more")
    if not text.rstrip().endswith(("}", "]")):
        passed.cut_short.append(f"the JSON ends in the middle of entry {count + 1:,}")


def _text(quoted: str) -> str:
    try:
        return str(json.loads(quoted, strict=False))
    except ValueError:
        return quoted
