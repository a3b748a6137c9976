"""The arithmetic of the shared quota.

Spec ──────── demand ──┐
resources ─ holders* ──┴─ arithmetic ─▶ Claims ─ ledger (with the quota file's limits) ─▶ who draws how much of what
"""
