"""The dashboards of an environment: one overview, one for each endpoint, one for the quota.

WatchedSignal.chart ─ charts ─┐
rollouts/queries ─ versions ──┴─ layout ─ plan ─▶ Dashboard of tiles ─▶ render/dashboard_json, render/dashboard_svg
a Prometheus server ─ curves ─────────────────────────────────────────────────────────────▶ render/dashboard_svg
"""
