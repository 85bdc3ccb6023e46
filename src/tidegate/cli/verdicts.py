"""How verdicts leave the command line: text, JSON or a CI service's format, a report each, one exit code."""

from __future__ import annotations

import re
import shlex
import sys
import time
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from tidegate.adapters.files.worlds import is_stream, write_text
from tidegate.cli.app import width
from tidegate.cli.options import in_colour, in_unicode
from tidegate.cli.world_source import Source
from tidegate.errors import Place
from tidegate.present.verdict.said import Asked, Made

if TYPE_CHECKING:
    from tidegate.evaluate.judging.verdict import Verdict
    from tidegate.present.verdict.ci_text import Finding

REPORT = ".report.html"


class FailOn(StrEnum):
    """From which verdict on the exit code is not zero."""

    CONDITIONS = "conditions"
    CANNOT_TELL = "cannot_tell"
    STOP = "stop"


class VerdictFormat(StrEnum):
    """How verdicts are printed."""

    TEXT = "text"
    LINE = "line"
    MARKDOWN = "markdown"
    JSON = "json"
    GITHUB = "github"
    JUNIT = "junit"
    SARIF = "sarif"


@dataclass(frozen=True, kw_only=True)
class Showing:
    """How the verdicts were asked for.

    Parameters
    ----------
    output, fail_on
        The format, and from which verdict on the exit code is not zero.
    report, written
        Name of the report, None for the usual one; and whether one is written at all.
    more
        Whether all that does not fit one screen is printed below it.
    began_s
        When the work began, on `time.perf_counter`.
    asked
        How a command asks of the same world again.
    made
        Who asked, of which change and when, as far as that was said.
    """

    output: VerdictFormat
    fail_on: FailOn
    report: str | None
    written: bool
    more: bool
    began_s: float
    asked: Asked
    made: Made


def show(verdicts: tuple[Verdict, ...], source: Source, undecided: tuple[str, ...], asked: Showing) -> int:
    """Print the verdicts, write their reports, and return the exit code of the worst.

    Parameters
    ----------
    verdicts
        What was judged.
    source
        Where the world came from.
    undecided
        Sentences on what could not be judged; each counts as "cannot tell".
    asked
        How they are shown.
    """
    from tidegate.verbs.check import exit_code

    reports = [
        _report(verdict, source, asked, len(verdicts)) if asked.written else None for verdict in verdicts
    ]
    words = [*(one.verdict for one in verdicts), *("cannot_tell" for _ in undecided)]
    code = exit_code(words, asked.fail_on.value)
    if asked.output is VerdictFormat.TEXT:
        _show_text(verdicts, reports, undecided, asked, code)
        if not verdicts:
            _show_notes(source.notes, judged=bool(undecided))
    elif asked.output is VerdictFormat.JSON:
        from tidegate.present.verdict.json_text import verdicts_json

        sys.stdout.write(verdicts_json(verdicts, undecided, asked=asked.asked))
    elif asked.output is VerdictFormat.LINE:
        sys.stdout.write(_lines(verdicts, undecided))
    elif asked.output is VerdictFormat.MARKDOWN:
        sys.stdout.write(_comments(verdicts, undecided, asked.asked))
    else:
        sys.stdout.write(_ci_text(verdicts, source, undecided, asked))
    return code


def show_nothing(
    notes: tuple[str, ...], undecided: tuple[str, ...], output: VerdictFormat, fail_on: FailOn
) -> int:
    """Say that there was nothing to judge, in the form that was asked for; return the exit code."""
    from tidegate.present.verdict import ci_text
    from tidegate.present.verdict.json_text import verdicts_json
    from tidegate.verbs.check import exit_code

    code = exit_code(["cannot_tell" for _ in undecided], fail_on.value)
    if output is VerdictFormat.TEXT:
        _show_undecided(undecided)
        _show_notes(notes, judged=bool(undecided))
    elif output is VerdictFormat.JSON:
        sys.stdout.write(verdicts_json((), undecided))
    elif output is VerdictFormat.LINE:
        sys.stdout.write(_lines((), undecided))
    elif output is VerdictFormat.MARKDOWN:
        sys.stdout.write(_comments((), undecided, Asked()))
    else:
        findings = [
            ci_text.undecided(one, Place(source="the plan", line=1), fails=code != 0) for one in undecided
        ]
        sys.stdout.write(_ci_form(findings, output))
    return code


def _show_text(
    verdicts: tuple[Verdict, ...],
    reports: list[str | None],
    undecided: tuple[str, ...],
    asked: Showing,
    code: int,
) -> None:
    from tidegate.present.verdict.answer import answer_of
    from tidegate.present.verdict.screen import REST_TOLD, exit_words, screen_text
    from tidegate.present.verdict.terminal import more_text

    columns, colour, unicode = width(), in_colour(), in_unicode()
    if verdicts:
        told = "" if asked.more else REST_TOLD
        words = [*(one.verdict for one in verdicts), *("cannot_tell" for _ in undecided)]
        footer = (_named(reports), told, exit_words(code, words))
        answers = [answer_of(one, asked.asked) for one in verdicts]
        sys.stdout.write(screen_text(answers, width=columns, colour=colour, unicode=unicode, footer=footer))
    _show_undecided(undecided)
    elapsed_s = time.perf_counter() - asked.began_s
    for verdict in verdicts if asked.more else ():
        more = more_text(verdict, width=columns, colour=colour, unicode=unicode, elapsed_s=elapsed_s)
        sys.stdout.write(f"\n{more}")


def _named(reports: list[str | None]) -> str:
    """Return the reports that were written, of several the first and how many more."""
    written = [one for one in reports if one is not None]
    more = f" and {len(written) - 1} more" if len(written) > 1 else ""
    return f"{written[0]}{more}" if written else ""


def _show_undecided(undecided: tuple[str, ...]) -> None:
    from tidegate.present.verdict.terminal import undecided_text

    if undecided:
        text = undecided_text(undecided, width=width(), colour=in_colour(), unicode=in_unicode())
        sys.stdout.write(f"\n{text}")


def _lines(verdicts: tuple[Verdict, ...], undecided: tuple[str, ...]) -> str:
    from tidegate.present.verdict.headline import line_text, undecided_line

    return "".join(f"{one}\n" for one in (*map(line_text, verdicts), *map(undecided_line, undecided)))


def _comments(verdicts: tuple[Verdict, ...], undecided: tuple[str, ...], asked: Asked) -> str:
    from tidegate.present.verdict.answer import answer_of
    from tidegate.present.verdict.comment import comments_text

    return comments_text([answer_of(one, asked) for one in verdicts], undecided)


def _show_notes(notes: tuple[str, ...], *, judged: bool) -> None:
    """Say what there was where nothing was judged: with a verdict, its notes say so."""
    from tidegate.present.verdict.terminal import notes_text

    said = notes if judged else (*notes, "Nothing grows, so there was nothing to judge.")
    sys.stdout.write(notes_text(said, width=width(), colour=in_colour(), unicode=in_unicode()))


def _ci_text(
    verdicts: tuple[Verdict, ...], source: Source, undecided: tuple[str, ...], asked: Showing
) -> str:
    from tidegate.present.verdict import ci_text
    from tidegate.verbs.check import exit_code

    def fails(verdict: str) -> bool:
        return exit_code([verdict], asked.fail_on.value) != 0

    findings: list[Finding] = [
        ci_text.finding_of(one, source.place(one.activity), fails=fails(one.verdict), asked=asked.asked)
        for one in verdicts
    ]
    findings += [ci_text.undecided(one, source.place(None), fails=fails("cannot_tell")) for one in undecided]
    return _ci_form(findings, asked.output)


def _ci_form(findings: list[Finding], output: VerdictFormat) -> str:
    from tidegate import __version__
    from tidegate.present.verdict import ci_text

    if output is VerdictFormat.GITHUB:
        return ci_text.github_text(findings)
    if output is VerdictFormat.JUNIT:
        return ci_text.junit_xml(findings)
    return ci_text.sarif_json(findings, __version__)


def _report(verdict: Verdict, source: Source, asked: Showing, many: int) -> str:
    from tidegate.present.report.page import report_html
    from tidegate.verbs.what_if import what_if
    from tidegate.world.file.digest import file_digest

    wanted = asked.report or f"{_as_file_name(verdict.world)}{REPORT}"
    ending = next((one for one in (REPORT, ".html") if wanted.endswith(one)), "")
    # One pipe or device takes them all.
    part = f".{verdict.activity}" if many > 1 and verdict.activity and not is_stream(wanted) else ""
    target = f"{wanted.removesuffix(ending)}{part}{ending}"
    typed = shlex.join(["tidegate", *sys.argv[1:]])
    page = report_html(
        verdict,
        source.file.world,
        command=typed,
        asked=asked.asked,
        what_if=what_if(source.file, verdict.activity or None),
        made=replace(asked.made, digest=file_digest(source.file)),
    )
    write_text(target, page)
    return target


def _as_file_name(name: str) -> str:
    """Return a world's name as a file beside us is called: one that names another folder leads nowhere."""
    return re.sub(r"[/\\\0]|^\.+", "_", name)
