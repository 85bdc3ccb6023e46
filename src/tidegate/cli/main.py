"""The command line: reads words, calls one verb, shows what it says. No decision is made here."""

from __future__ import annotations

import io
import os
import sys
import traceback

import typer

from tidegate.adapters.files.compiled import find_a_place
from tidegate.cli import commands  # noqa: F401  registers the commands
from tidegate.cli.app import app, width
from tidegate.errors import InputError, TidegateError
from tidegate.present.errors import error_text

INTERRUPTED = 130
OUR_FAULT = 1
BAD_INPUT = 2
HOMELESS = (
    "There is no folder to keep the compiled engine in, so it is compiled anew, which takes about 15 s; set\n"
    "NUMBA_CACHE_DIR to one that lasts.\n"
)


def main() -> None:
    """Run the command line; every outcome ends in one exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a narrow terminal encoding is no reason to fail
    if not find_a_place():
        sys.stderr.write(HOMELESS)
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
        return 0  # whoever read has read enough
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
