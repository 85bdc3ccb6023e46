"""How does a verdict stand in a comment on a change? The same words in the same order, as Markdown.

One comment for each activity, found again by its hidden marker. What passes is one line: silence reads as
"did it run?". Titles come from world files, so nothing in them may become markup or mention anybody.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tidegate.present.layout import plain
from tidegate.present.quantities import NO_BREAK
from tidegate.present.sentence import ended
from tidegate.present.verdict import verdict_words
from tidegate.present.verdict.answer import Answer
from tidegate.present.verdict.screen import worst_first

_MARKS = {"proceed": "●", "slow_down": "▲", "protect_first": "◆", "stop": "■", "cannot_tell": "◎"}
_SPECIAL = re.compile(r"([\\*_\[\]#!|~])")


def comments_text(answers: Sequence[Answer], undecided: Sequence[str] = ()) -> str:
    """Return the answers as comments, the worst first, one blank line between.

    Parameters
    ----------
    answers
        One for each activity.
    undecided
        Sentences on what could not be judged at all.
    """
    made = [_comment(one) for one in worst_first(answers)]
    if undecided:
        listed = "\n".join(f"- {_text(one)}" for one in undecided)
        made.append(f"### {_MARKS['cannot_tell']} CANNOT TELL\n{listed}\n")
    return "\n".join(made)


def _comment(answer: Answer) -> str:
    verdict = answer.verdict
    name = f"{verdict.world}/{verdict.activity}".rstrip("/")
    marker = f"<!-- tidegate {re.sub(r'[^A-Za-z0-9_./ -]', '', name).replace('--', '- -')} -->\n"
    mark = _MARKS[verdict.verdict]
    if verdict.verdict == "proceed" and not _is_qualified(answer):
        return f"{marker}{mark} **{answer.word}** · {_text(name)}: {_text(answer.remedy)}.\n"
    title = verdict.activity_title or verdict.activity
    parts = [
        f"{marker}### {mark} {answer.word} · {_text(title)}\n",
        f"**{_text(_ended(answer.remedy))}**{_sentences(answer.loud, *answer.why.must)}\n",
        _table(answer),
        _steps("To merge:" if verdict.verdict != "proceed" else "Now:", answer.do.must),
        f"**How sure:**{_sentences(*answer.sure.must)}\n",
        _fold(answer),
    ]
    return "\n".join(part for part in parts if part)


def _is_qualified(answer: Answer) -> bool:
    """Whether there is more to say of what passes than that it does."""
    counted = any(
        note.startswith((verdict_words.COUNTED, verdict_words.FULL)) for note in answer.verdict.notes
    )
    return counted or bool(answer.verdict.condition or answer.notes.must)


def _ended(text: str) -> str:
    path = "." in text.split(" ", 1)[0]
    return ended(text, capital=not path)


def _sentences(*sentences: str) -> str:
    return "".join(f" {_text(one)}" for one in sentences if one)


def _steps(opening: str, steps: Sequence[str]) -> str:
    listed = "\n".join(f"- {_text(one.removeprefix('- '))}" for one in steps)
    return f"**{opening}**\n\n{listed}\n"


def _table(answer: Answer) -> str:
    compared = answer.compared
    if len(compared.cases) < 2 or not compared.lines:
        return ""
    heads = " | ".join(_text(one) for one in ("", *compared.headings))
    rows = [" | ".join(_text(cell) for cell in (line.label, *line.cells)) for line in compared.lines]
    return (
        "\n".join(f"| {row} |" for row in (heads, " | ".join(["---"] * (1 + len(compared.cases))), *rows))
        + "\n"
    )


def _fold(answer: Answer) -> str:
    """Return what comes of ignoring it, what would change the answer, and what else was said, folded."""
    changes = [
        f"{i}. {_text(change.says)}{f': {_text(change.measure)}' if change.measure else ''}"
        for i, change in enumerate(verdict_words.changes(answer.verdict), start=1)
    ]
    blocks = [
        _sentences(*answer.otherwise.must, *answer.otherwise.may).strip(),
        "\n".join(changes),
        "\n".join(f"- {_text(note)}" for note in (*answer.notes.must, *answer.notes.may)),
    ]
    titles = ("if it is merged as it is", "what would change the answer", "what was assumed or not used")
    shown = [title for title, block in zip(titles, blocks, strict=True) if block]
    if not shown:
        return ""
    body = "\n\n".join(block for block in blocks if block)
    summary = " · ".join(shown)
    made = answer.verdict.reproduction
    last = f"Seed {made.seed}, tidegate {made.tidegate_version}."
    return f"<details><summary>{summary[:1].upper()}{summary[1:]}</summary>\n\n{body}\n\n{last}\n</details>\n"


def _text(text: str) -> str:
    """Return a text in which nothing is markup but what stands between backticks."""
    pieces = plain(text, unicode=True).replace(NO_BREAK, " ").split("`")
    if len(pieces) % 2 == 0:
        return _escaped("'".join(pieces))
    return "`".join(piece if i % 2 else _escaped(piece) for i, piece in enumerate(pieces))


def _escaped(text: str) -> str:
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # A mention would call people to every change.
    return _SPECIAL.sub(r"\\\1", safe).replace("@", "@\u200b")
