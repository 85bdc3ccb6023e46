"""The command line: reads words, calls one verb, shows what it says. No decision is made here."""

from __future__ import annotations

import io
import os
import sys
import traceback

import typer

from tidegate.errors import InputError, TidegateError
from tidegate.present.errors import error_text

INTERRUPTED = 130
OUR_FAULT = 1
BAD_INPUT = 2

app = typer.Typer(
    name="tidegate",
    help="Know before you scale: would your clients' reaction overwhelm the devices in between?",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 holds, 1 our own fault, 2 bad input, 3 holds under conditions, 4 cannot tell, "
    "5 does not hold, 130 interrupted.",
)


def _version(*, wanted: bool) -> None:
    if wanted:
        from tidegate import __version__

        typer.echo(f"tidegate {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    *,
    version: bool = typer.Option(
        False, "--version", callback=lambda value: _version(wanted=value), is_eager=True
    ),
) -> None:
    pass


def width() -> int:
    """Columns to write for: those of the terminal, at most 100; 80 where there is none."""
    try:
        return min(os.get_terminal_size(sys.stdout.fileno()).columns, 100)
    except (OSError, ValueError):
        return 80


def main() -> None:
    """Run the command line; every outcome ends in one exit code."""
    from tidegate.cli import commands  # noqa: F401  registers the commands

    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a narrow terminal encoding is no reason to fail
    code = _outcome()
    if code == INTERRUPTED:
        sys.stderr.write("\ninterrupted; no answer and no report were written\n")
        sys.stderr.flush()
        # Threads still inside a run or the compiler hold nothing that must be put away, and an
        # ordinary exit would wait for them.
        os._exit(INTERRUPTED)
    sys.exit(code)


def _outcome() -> int:
    """Run the command that was typed and say what went wrong; returns the exit code."""
    try:
        code = app(standalone_mode=False)
    except InputError as error:
        colour = sys.stderr.isatty() and "NO_COLOR" not in os.environ
        sys.stderr.write(error_text(error, colour=colour, width=width()))
        return error.exit_code
    except TidegateError as error:
        sys.stderr.write(f"tidegate: {error}\n")
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OUR_FAULT
    except Exception as error:  # noqa: BLE001  the last line of defence speaks plainly
        return _unforeseen(error)
    return code if isinstance(code, int) else 0


def _unforeseen(error: Exception) -> int:
    if hasattr(error, "format_message"):  # the command line itself was wrong
        if error.format_message():  # empty where the help was shown instead
            sys.stderr.write(f"tidegate: {error.format_message()}\n")
        return BAD_INPUT
    if "TIDEGATE_DEBUG" in os.environ:
        traceback.print_exception(error)
    sys.stderr.write(
        f"tidegate: our own fault: {type(error).__name__}: {error}\n"
        "Run again with TIDEGATE_DEBUG=1 to see where, and please report it.\n"
    )
    return OUR_FAULT


if __name__ == "__main__":
    main()
