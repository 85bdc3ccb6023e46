"""The command line: reads words, calls one verb, shows what it says. No decision is made here."""

from __future__ import annotations

import errno
import io
import os
import sys
import traceback
from contextlib import suppress
from pathlib import Path

import typer

from tidegate.adapters.files.compiled import find_a_place
from tidegate.cli.app import app_of, width
from tidegate.cli.command_modules import register
from tidegate.cli.usage import usage_error
from tidegate.errors import InputError, TidegateError
from tidegate.exit_codes import ExitCode
from tidegate.present.error_text import error_text

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF}
HOMELESS = (
    "There is no folder to keep the compiled engine in, so it is compiled anew, which takes minutes; set\n"
    "NUMBA_CACHE_DIR to one that lasts.\n"
)


def main() -> None:
    """Run the command line; every outcome ends in one exit code."""
    _open_what_is_closed()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a narrow terminal encoding is no reason to fail
    if not find_a_place():
        sys.stderr.write(HOMELESS)
    code = _outcome()
    if code == ExitCode.INTERRUPTED:
        sys.stderr.write("\ninterrupted; no answer and no report were written\n")
        sys.stderr.flush()
        # Threads still inside a run or the compiler hold nothing that must be put away, and an
        # ordinary exit would wait for them.
        os._exit(ExitCode.INTERRUPTED)
    sys.exit(_flushed(code))


def _open_what_is_closed() -> None:
    """Give a process that was started with a closed stream an empty one: its exit code is still an answer."""
    if sys.stdin is None:
        sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115  open as long as the process is
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115


def _flushed(code: int) -> int:
    """Write out what was said; returns the exit code, another one where it cannot be written."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _say_no_more()
    except OSError as error:
        return _unwritten(error)
    return code


def _unwritten(error: OSError) -> int:
    _say_no_more()
    _complain(f"tidegate: standard output cannot be written: {(error.strerror or 'it is closed').lower()}\n")
    return ExitCode.BAD_INPUT


def _tell(error: InputError) -> None:
    colour = sys.stderr.isatty() and "NO_COLOR" not in os.environ
    _complain(error_text(error, colour=colour, width=width()))


def _complain(text: str) -> None:
    with suppress(OSError):  # where standard error cannot be written either, the exit code has to do
        sys.stderr.write(text)
        sys.stderr.flush()


def _say_no_more() -> None:
    """Let what cannot be written go, so that leaving does not fail over it again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _outcome() -> int:
    """Run the command that was typed and say what went wrong; returns the exit code."""
    try:
        register(sys.argv[1:])
        code = app_of(sys.argv[1:])(standalone_mode=False)
    except InputError as error:
        _tell(error)
        return error.exit_code
    except TidegateError as error:
        _complain(f"tidegate: {error}\n")
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        _say_no_more()
        return ExitCode.HOLDS  # whoever read has read enough
    except Exception as error:  # noqa: BLE001  the last line of defence speaks plainly
        return _unforeseen(error)
    return code if isinstance(code, int) else ExitCode.HOLDS


def _unforeseen(error: Exception) -> int:
    if hasattr(error, "format_message"):  # the command line itself was wrong
        if error.format_message():  # empty where the help was shown instead
            _tell(usage_error(error, sys.argv[1:]))
        return ExitCode.BAD_INPUT
    if isinstance(error, OSError) and error.filename is None and error.errno in _FULL:
        return _unwritten(error)  # whoever writes a file says so with its name
    if "TIDEGATE_DEBUG" in os.environ:
        traceback.print_exception(error)
    _complain(
        f"tidegate: our own fault: {type(error).__name__}: {error}\n"
        "Run again with TIDEGATE_DEBUG=1 to see where, and please report it.\n"
    )
    return ExitCode.OUR_FAULT


if __name__ == "__main__":
    main()
