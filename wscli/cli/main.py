"""Runs the command line and turns every error into one or two plain lines and an exit code."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

from wscli.cli.complain import complain
from wscli.errors import OutputError, ReaderGone, WscliError

_INTERRUPTED = 130
_USAGE = 2
_EXPRESSIONS = frozenset({"--where", "--until", "--jq"})  # options whose quotes are forgotten


def run(arguments: Sequence[str]) -> int:
    """Give the exit code of the command line; raises nothing that a user, a provider or the
    network can cause.
    """
    import typer  # noqa: PLC0415 - 50 ms, and errors of an import of ours are told as well

    from wscli.cli.completion import VARIABLE, complete  # noqa: PLC0415 - as above

    if VARIABLE in os.environ:
        return complete(os.environ)
    from wscli.cli.app import app  # noqa: PLC0415 - as above

    _let_help_be_printed()
    # The parser's own errors; Typer publishes only this one of them in every version we allow.
    parser_error: type[Exception] = typer.BadParameter.__mro__[1]
    try:
        result = app(args=list(arguments) or ["--help"], prog_name="wscli", standalone_mode=False)
        _flush()
    except WscliError as error:
        complain(str(error))
        return error.exit_code
    except ReaderGone as gone:
        return gone.exit_code
    except OSError as error:  # of Typer's own printing: help
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or Python tries again when it ends
        complain(f"stdout could not be written: {(error.strerror or str(error)).lower()}.")
        return OutputError.exit_code
    except parser_error as error:
        complain(_usage_error(error, arguments))
        return _USAGE
    except typer.Abort:
        return _INTERRUPTED
    except KeyboardInterrupt:
        leave_at_once(_INTERRUPTED)
    return result if isinstance(result, int) else 0


def _let_help_be_printed() -> None:
    """Have Typer's own printing write backslashes for what the terminal cannot show, and fail
    where stdout was closed at start instead of saying nothing.
    """
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - as long as we
    elif isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _flush() -> None:
    """Write out what Typer printed; raises OSError."""
    if sys.stdout is not None:
        sys.stdout.flush()


def leave_at_once(code: int) -> NoReturn:
    """End the process without waiting for its threads: the user asked a second time."""
    with suppress(OSError, ValueError, AttributeError):
        sys.stderr.flush()
    os._exit(code)


def _usage_error(error: Exception, arguments: Sequence[str]) -> str:
    """Give the parser's error as ours are: what is wrong, and where to look."""
    context = getattr(error, "ctx", None)
    text = str(getattr(error, "format_message", error.__str__)())
    command = context.command_path if context is not None else "wscli"
    stop = "" if text.endswith((".", "?", "!")) else "."
    text = text.replace("?.", "?") + stop
    hint = f"See `{command} --help`."
    if "unexpected extra argument" in text and not _EXPRESSIONS.isdisjoint(arguments):
        hint = "An expression with spaces stands in single quotes: --where '.price > 100'."
    return f"{text[:1].lower()}{text[1:]} {hint}"
