"""The Pulumi program: the selected stack's spec, made into resources."""

from pathlib import Path

from weighbridge.components.program import deploy

deploy(Path(__file__).parent)
