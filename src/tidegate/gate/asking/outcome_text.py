"""What is known, as Markdown for the pages of those who call? Every word of it is text, none is markup."""

from __future__ import annotations

import re

from tidegate.gate.asking.ruling import Ruling

_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#+!|~$&-])")
_NOBODY = "@\N{ZERO WIDTH SPACE}"
"""Who reads it calls nobody by it: names are looked for after the markup was read."""
_LONGEST = 4_000


def markdown_of(ruling: Ruling) -> str:
    """Return a ruling in a few paragraphs."""
    lines = [ruling.headline]
    if ruling.allowed_count is not None:
        lines.append(f"Up to {ruling.allowed_count:,} at once was proven safe.")
    if ruling.again_in_s is not None:
        lines.append(f"Ask again in {ruling.again_in_s:.0f} s.")
    if ruling.evidence:
        lines.append(f"Evidence: {ruling.evidence}.")
    if ruling.world:
        lines.append(f"World: {ruling.world}{', ' if ruling.activity else ''}{ruling.activity}.")
    return "\n\n".join(
        _MARKUP.sub(r"\\\1", " ".join(line.split())[:_LONGEST]).replace("@", _NOBODY) for line in lines
    )
