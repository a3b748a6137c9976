"""The drift monitor: measures one endpoint or pipeline, and exposes what it found as gauges.

    spec ─ config ─▶ MonitorConfig                       baseline ─ baseline ─▶ bins and cells, its Tally per column
                          │                                                          │
    window folder ─ window ─▶ files ─ columns ─▶ batches ─ number_bins, category_cells ─▶ a Tally per column
                                                                                     │
    the window before (its folder, or `state`) ─────────────▶ comparison: distances, noise, missing, invalid
    quality reports ─ quality ─▶ QualityResult ─┐                                    │
    status files of runs ─ runs ─▶ RunsResult ──┴─ measure ─▶ Snapshot ◀─────────────┘
                                                                 ├─ series ─▶ exporter: /metrics
                                                                 └─ signals/verdict, render/monitor/text: `--once`

Data is read in batches and only the columns that the spec names; what is kept of it is counts per bin. One Snapshot is
frozen and replaces the one before at once; a part that can't be read keeps its last result and says so in
``ml_monitor_errors``. Needs the extra ``monitor`` (pyarrow, prometheus-client).
"""
