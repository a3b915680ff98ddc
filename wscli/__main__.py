"""The command's entry: ``wscli`` and ``python -m wscli``."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line; gives the exit code. ``--version`` is answered before anything else
    is imported, because scripts ask for it often.
    """
    if sys.argv[1:] in (["--version"], ["-V"]):
        from wscli import __version__  # noqa: PLC0415 - see above

        sys.stdout.write(f"wscli {__version__}\n")
        return 0
    from wscli.cli.main import run  # noqa: PLC0415 - see above

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
