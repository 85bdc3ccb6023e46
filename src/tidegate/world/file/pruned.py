"""How is a large JSON text made smaller before it is read? Members that nobody reads become `null`.

Dumps of clusters and proxies are mostly what they report, not what was written. Lines stay where they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection

_DECODER = json.JSONDecoder()
_SMALL = 200_000


def pruned(text: str, keys: Collection[str], *, whole: bool = False) -> str:
    """Return a JSON text without the values of some members; any other text, or a small one, as it is.

    Parameters
    ----------
    text
        The text.
    keys
        The names of the members.
    whole
        Whether only values that are objects or lists go.
    """
    if len(text) < _SMALL or not text.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
        return text
    names = "|".join(map(re.escape, sorted(keys)))
    # A quotation mark within a text would stand behind a backslash.
    opens = r"(?=[{\[])" if whole else ""
    member = re.compile(rf'(?<!\\)"(?:{names})"\s*:\s*{opens}')
    kept, at = [], 0
    while (found := member.search(text, at)) is not None:
        begin = found.end()
        try:
            _, end = _DECODER.raw_decode(text, begin)
        except (ValueError, RecursionError):
            break  # whoever reads it says what is wrong, and where
        kept += [text[at:begin], "null", "\n" * text.count("\n", begin, end)]
        at = end
    return "".join([*kept, text[at:]])
