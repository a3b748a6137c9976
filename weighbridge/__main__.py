"""``weighbridge`` and ``python -m weighbridge``: the command line, and Ctrl-C before a command has begun."""

import sys


def main() -> None:
    """The entry point. Ctrl-C during imports ends as it does during a command, without a traceback."""
    try:
        _run()
    except KeyboardInterrupt:
        from weighbridge.errors import INTERRUPTED, INTERRUPTED_MESSAGE

        sys.stderr.write(INTERRUPTED_MESSAGE)
        sys.exit(INTERRUPTED)


def _run() -> None:
    from weighbridge.cli.interrupts import interrupts_noted

    with interrupts_noted() as interrupt:
        try:
            from weighbridge.cli.main import main as command_line

            command_line()
        except Exception:
            interrupt.end_if_seen()
            raise


if __name__ == "__main__":
    main()
