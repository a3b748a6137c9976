"""Builds the policy pack; nothing else. Pulumi runs this file, and reads the server's port from its first line."""

from datetime import UTC, datetime
from pathlib import Path

from policies import RULES
from policies.pack import serve

serve(RULES, Path(__file__).resolve().parent.parent / "stacks", lambda: datetime.now(UTC))
