"""The Pulumi program: the spec of the selected stack, made into resources. Your own go below, beside `platform`."""

from pathlib import Path

import pulumi  # noqa: F401 - at hand for what is added below
from weighbridge.components.program import deploy

platform = deploy(Path(__file__).parent)
