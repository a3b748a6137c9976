"""Drift as Weighbridge, Evidently, NannyML and Frouros see it: the same tables, each tool in an environment of its own.

`draws` makes the tables, `judge_*` says what a tool calls far (each runs in its tool's environment and answers what
`answering` is asked), `environments` makes those, `side_by_side` asks all and counts.
"""
