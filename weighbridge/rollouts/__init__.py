"""What a rollout means and how it goes on; the spec's own words for it are in `weighbridge/rollout.py`.

Rollout ─ weights ─▶ routes, versions, replicas        record ─▶ whether its history holds
Rollout ─ change ─▶ the next Rollout ─ edit ─▶ the spec's text, nothing else touched
queries ─ samples ─▶ counts (the test of counts) | quantiles, pairs (where a server has none) ─ check ─▶ verdict
"""
