"""What a rollout means and how it goes on; the spec's own words for it are in `spec/rollout.py`.

Rollout ─ weights ─▶ routes, versions, replicas        record ─▶ whether its history holds
Rollout ─ change ─▶ the next Rollout ─ stacks/rollout_edit ─▶ the spec's text, nothing else touched
"""
