"""Builds the policy pack; nothing else. Pulumi runs this file, and reads the server's port from its first line."""

import os
from datetime import UTC, datetime
from pathlib import Path

# By the installed name: Pulumi runs this file as a script, which has no package of its own.
from weighbridge.policies import RULES
from weighbridge.policies.pack import serve

from weighbridge.stacks.pack_project import project_of_pack

pack = Path(__file__).resolve().parent
serve(RULES, lambda project: project_of_pack(pack, project, os.environ), lambda: datetime.now(UTC), pack)
