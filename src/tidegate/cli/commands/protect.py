"""`tidegate protect`: the configuration of devices and clients that makes an activity safe."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from tidegate.cli.app import app, width
from tidegate.cli.options import Format, Seed, Settings, World, in_colour, in_unicode
from tidegate.cli.waiting import shown
from tidegate.cli.workers import Cluster, Jobs, workers
from tidegate.cli.world_source import read_source, with_changes
from tidegate.exit_codes import ExitCode
from tidegate.gate.command_line import Options

if TYPE_CHECKING:
    from tidegate.protect.finding import Smallest
    from tidegate.world.world import WorldFile


WHY: Mapping[int, str] = {
    ExitCode.HOLDS: "a protection was found, all of it stands in files, and the plan alone does not hold.",
    ExitCode.CONDITIONS: "a protection was found, and some of it stands in no file; set that by other means.",
    ExitCode.CANNOT_TELL: "a protection was found, and a validator of its files could not be asked.",
    ExitCode.DOES_NOT_HOLD: "nothing was found that makes it safe.",
}
SAFE_IF = "it is safe only if what is named above is so; find that out first."
AS_IT_IS = "nothing has to be set for it to be safe."
FOUND = "The settings, and the files in which they stand:"


@app.command()
def protect(  # noqa: PLR0913  one parameter for each option
    world: World = None,
    *,
    activity: Annotated[str | None, typer.Option(help="The activity it is to make safe.")] = None,
    elements: Annotated[
        list[str] | None,
        typer.Option("--element", metavar="PATH=VALUE", help="A setting; without any they are found."),
    ] = None,
    targets: Annotated[
        list[str] | None,
        typer.Option("--for", metavar="TARGET", help="Whose files to write; otherwise all that apply."),
    ] = None,
    out: Annotated[str | None, typer.Option("--out", "-o", help="The folder for the files.")] = None,
    validate: Annotated[
        bool, typer.Option("--validate", help="Have each vendor's own validator judge its files.")
    ] = False,
    settings: Settings = None,
    seed: Seed = 7,
    jobs: Jobs = None,
    cluster: Cluster = None,
    output: Annotated[Format, typer.Option("--format", help="How the answer is printed.")] = Format.TEXT,
) -> int:
    """Write the configuration that protects: each limit with the number it comes from."""
    from tidegate.adapters.files.folders import write_files
    from tidegate.adapters.validators.vendors import validate as judged
    from tidegate.present.protect_text import protection_json, protection_text
    from tidegate.verbs.protect import Protect, chosen
    from tidegate.verbs.protect import protect as planned

    source = read_source(world, Options())
    file = with_changes(source.file, settings or [])
    found = None
    least_code = ExitCode.HOLDS
    if elements:
        protection = chosen(file, pairs(elements), activity)
    else:
        found = _found(file, activity or source.activity, seed, jobs, cluster)
        least_code = ExitCode.CONDITIONS if found.conditions else ExitCode.HOLDS
        if output is Format.TEXT:
            others = () if activity or source.activity else tuple(file.world.activities)
            _say(found, file, others)
        if found.protection is None or not found.protection.elements:
            if output is Format.JSON:
                sys.stdout.write(protection_json(found.protection, (), (), (), found=found))
            return _told(ExitCode.DOES_NOT_HOLD if found.protection is None else least_code, found, output)
        protection = found.protection
    plan = planned(Protect(file=file, protection=protection, targets=tuple(targets or ())))
    files = [config for one in plan.written for config in one.files]
    if out is not None:
        write_files(out, {config.name: config.text for config in files})
    validations = judged(files) if validate else ()
    if output is Format.JSON:
        sys.stdout.write(protection_json(protection, plan.written, plan.unsaid, validations, found=found))
    else:
        sys.stdout.write(
            protection_text(
                FOUND if found is not None else _subject(file, protection.activity),
                protection,
                plan.written,
                plan.unsaid,
                validations,
                folder=out or "",
                width=width(),
                unicode=in_unicode(),
            )
        )
    if any(judgement.valid is False for judgement in validations):
        return ExitCode.OUR_FAULT  # a file of ours that its reader does not take
    unchecked = any(judgement.valid is None for judgement in validations)
    code = ExitCode.CANNOT_TELL if unchecked else max(plan.exit_code, least_code)
    return _told(code, found, output)


def _subject(file: WorldFile, activity: str) -> str:
    return " · ".join(filter(None, (file.world.name, activity)))


def _told(code: int, found: Smallest | None, output: Format) -> int:
    """Say of what was searched for why it ends with this code, and return the code."""
    if found is not None and output is Format.TEXT:
        why = WHY[code]
        if code == ExitCode.CONDITIONS and found.conditions:
            why = SAFE_IF
        elif code == ExitCode.HOLDS and (not found.contributions or found.as_planned):
            why = AS_IT_IS
        sys.stdout.write(f"Exit {int(code)}: {why}\n")
    return code


def _say(found: Smallest, file: WorldFile, others: tuple[str, ...]) -> None:
    from tidegate.evaluate.judging.fits import now_text
    from tidegate.present.smallest_text import smallest_text
    from tidegate.world.file.called import called

    protection = found.protection
    elements = protection.elements if protection is not None else ()
    about = protection.activity if protection is not None else ""
    text = smallest_text(
        found,
        title=_subject(file, about),
        now={one.path: now_text(file, one.path) for one in elements},
        names={one.path: called(one.path, file.world) for one in elements},
        others=others,
        width=width(),
        colour=in_colour(),
        unicode=in_unicode(),
    )
    sys.stdout.write(text + "\n")


def _found(
    file: WorldFile, activity: str | None, seed: int, jobs: int | None, cluster: str | None
) -> Smallest:
    from tidegate.verbs.protect import smallest

    with shown() as progress, workers(jobs, cluster) as executor:
        return smallest(file, activity, seed=seed, executor=executor, progress=progress)


def pairs(elements: list[str]) -> dict[str, object]:
    """Return ``path=value`` options by path.

    Raises
    ------
    InputError
        With every one that has no equals sign.
    """
    from tidegate.errors import Fault, InputError

    wrong = [element for element in elements if "=" not in element]
    if wrong:
        raise InputError(
            *(Fault(what="--element needs PATH=VALUE", kind="statement", value=one) for one in wrong)
        )
    split = (element.partition("=") for element in elements)
    return {path.strip(): value.strip() for path, _, value in split}
