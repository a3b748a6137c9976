"""``weighbridge`` and ``python -m weighbridge``: the command line, and how it ends before a command has begun."""

from weighbridge.cli.ending import end_with


def main() -> None:
    """The entry point. Ctrl-C during imports ends as it does during a command, without a traceback."""
    end_with(_command_line)


def _command_line() -> int:
    from weighbridge.cli.interrupts import interrupts_noted

    with interrupts_noted() as interrupt:
        try:
            from weighbridge.cli.main import run

            return run()
        except Exception:
            interrupt.end_if_seen()
            raise


if __name__ == "__main__":
    main()
