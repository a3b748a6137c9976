"""``weighbridge`` and ``python -m weighbridge``: the command line, and Ctrl-C while it is still being imported."""

import sys


def main() -> None:
    """The entry point. An interrupted import ends as an interrupted command does, without a traceback."""
    try:
        from weighbridge.cli.main import main as command_line
    except KeyboardInterrupt:
        from weighbridge.errors import INTERRUPTED, INTERRUPTED_MESSAGE

        sys.stderr.write(INTERRUPTED_MESSAGE)
        sys.exit(INTERRUPTED)
    command_line()


if __name__ == "__main__":
    main()
