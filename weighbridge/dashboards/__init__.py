"""The dashboards of an environment: one overview, one for each endpoint, one for the quota.

WatchedSignal.chart ─ charts ─┐
canary_analysis/queries ─ versions ──┴─ layout ─ plan ─▶ Dashboard of tiles ─▶ render/dashboard/{json,svg}
a Prometheus server ─ curves ─────────────────────────────────────────────────────────────▶ render/dashboard/svg
"""
