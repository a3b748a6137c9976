"""The pack of the environment that this lies in: Pulumi runs it by that environment's Python."""

from runpy import run_module

run_module("weighbridge.policies", run_name="__main__")
