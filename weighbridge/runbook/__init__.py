"""The runbook of an endpoint or pipeline: what a person does, in the order in which a bad night needs it.

spec ─ subject ─▶ endpoint | pipeline ─┐
failures, alerts ────┴─ document ─▶ Runbook (sections) ─▶ render/runbook/markdown
"""
