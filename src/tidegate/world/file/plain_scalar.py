"""What does a plain scalar mean to readers of YAML 1.1? One word for true and false, whole numbers in tens.

Kubernetes' tools read YAML by Go's package: `yes` and `on` are true, `010` is eight, `0x10` sixteen, `1_000`
a thousand, `4.0` four. CloudFormation reads numbers alike; what is a name there and looks like a word for
true or false stays one. What is quoted stays a text, and never comes here.

Shortcut: `y` and `n` stay texts, which some readers take for true and false.

Sources: YAML 1.1, types `bool` and `int`; gopkg.in/yaml.v2 (numbers as Go writes them, no sexagesimals).
"""

from __future__ import annotations

import re

_BOOLEANS = {
    **dict.fromkeys(("yes", "Yes", "YES", "on", "On", "ON", "True", "TRUE"), "true"),
    **dict.fromkeys(("no", "No", "NO", "off", "Off", "OFF", "False", "FALSE"), "false"),
}
_WHOLE = re.compile(
    r"([+-]?)(?:(0[xX][0-9a-fA-F_]{1,16})|(0[bB][01_]{1,64})|(0[oO]?[0-7_]{1,21})|([0-9][0-9_]{0,20}))",
    re.ASCII,
)
_FLOAT = re.compile(r"([+-]?)([0-9]{1,17})\.0{0,17}", re.ASCII)
_BASES = {2: 16, 3: 2, 4: 8, 5: 10}
_FIRST = frozenset("0+-")


def meaning_of(text: str) -> str:
    """Return a plain scalar as YAML 1.2 writes the same; any other text as it is."""
    return _BOOLEANS.get(text) or whole_of(text)


def whole_of(text: str) -> str:
    """Return a whole number in tens; any other text as it is, also a word for true or false."""
    if not text or (text[0] not in _FIRST and "_" not in text and "." not in text):
        return text
    found = _WHOLE.fullmatch(text)
    if found is not None and found.lastindex is not None and found[found.lastindex].strip("_"):
        digits = re.sub("_|0[xXbBoO]", "", found[found.lastindex])
        sign = "-" if found[1] == "-" else ""
        return f"{sign}{int(digits or '0', _BASES[found.lastindex])}"
    is_whole = _FLOAT.fullmatch(text)
    return text if is_whole is None else f"{'-' if is_whole[1] == '-' else ''}{int(is_whole[2])}"
