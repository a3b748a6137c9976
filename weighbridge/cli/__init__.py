"""The command line: flags, exit codes, printing. Nothing else prints or exits."""
