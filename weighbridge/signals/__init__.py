"""The signals of a production ML system, and what becomes of them.

    catalogue.yaml ─ rows ─┐
    spec ─ subjects ───────┴─ watched ─▶ WatchedSignal ─▶ alerts, dashboards, coverage, runbooks, promtool cases

Each fact about a signal stands once, in the catalogue; each fact about an endpoint or pipeline once, in `subjects`.
"""
