"""The command's entry: ``wscli`` and ``python -m wscli``."""

from __future__ import annotations

import os
import sys


def keep_standard_files_apart() -> None:
    """Put something harmless where stdin, stdout or stderr was closed at start (`>&-`), before
    anything else is opened: the next socket would get its number, and our output with it. What
    stands in for stdout cannot be written, so that this is told.
    """
    for number, flags in enumerate((os.O_RDONLY, os.O_RDONLY, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, flags)


def let_go_of_standard_files() -> None:
    """Throw away what cannot be written any more, a note for a terminal that is gone. Python would
    try again when it ends, and put 120 in the place of our exit code.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):  # ValueError is how Python says that it is closed
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def main() -> int:
    """Run the command line; gives the exit code. ``--version`` is answered before anything else
    is imported, because scripts ask for it often.
    """
    keep_standard_files_apart()
    if sys.argv[1:] in (["--version"], ["-V"]):
        from wscli import __version__  # noqa: PLC0415 - see above

        return _say(f"wscli {__version__}\n")
    try:
        from wscli.cli.main import run  # noqa: PLC0415 - see above

        return run(sys.argv[1:])
    except KeyboardInterrupt:  # before there is anything that could end in good order
        return 130
    finally:
        let_go_of_standard_files()


def _say(text: str) -> int:
    """Write to stdout without importing anything for it; gives the exit code."""
    try:
        os.write(1, text.encode())
    except BrokenPipeError:
        return 141
    except OSError as error:
        os.write(2, f"wscli: stdout could not be written: {error.strerror}.\n".encode())
        return 74
    return 0


if __name__ == "__main__":
    sys.exit(main())
