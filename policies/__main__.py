"""Builds the policy pack; nothing else. Pulumi runs this file, and reads the server's port from its first line."""

from datetime import UTC, datetime
from pathlib import Path

# By the installed name: Pulumi runs this file as a script, which has no package of its own.
from weighbridge.policies import RULES
from weighbridge.policies.pack import serve

serve(RULES, Path(__file__).resolve().parent.parent / "stacks", lambda: datetime.now(UTC))
