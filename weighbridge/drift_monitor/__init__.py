"""The drift monitor: measures one endpoint or pipeline, and exposes what it found as gauges.

    spec ─ config ─▶ MonitorConfig                       baseline ─ baseline ─▶ bins and cells, its Tally per column
                          │                                                          │
    window folder ─ window ─▶ files ─ columns, moments, keys ─▶ batches ─ number_bins, category_cells ─▶ a Tally each
                                                    └─ opening ─ dependence ─▶ how much rows depend on one another
                                                                                     │
    the window before (its folder, or `state`) ─────────────▶ comparison: distances, noise, missing, invalid
    quality reports ─ quality ─▶ QualityResult ─┐                                    │
    status files of runs ─ runs ─▶ RunsResult ──┴─ measure ─▶ Snapshot ◀─────────────┘
                                                                 ├─ series ─▶ exporter: /metrics
                                                                 └─ signals/verdict, render/monitor/text: `--once`

A request log is a table like any other once it is read: `request_logs` says of which columns, and `log_lines`,
`log_records` and `log_file` read them.

Which rows of a window are counted is decided in `time_sample`, by each row's time alone.

Quality comes in reports, or `late_labels` joins labels to the newest window that is old enough; either way it is one
QualityResult.

Where window or baseline is a table, `engine_table` stands for its files, and an engine (`bigquery_engine`,
`spark_engine`) answers the queries of `table_counts`; `engine` says what is asked of one and what comes back.

Each decision has one place. `files`: which names are hidden. `window`: which folder is the newest window, and whether
it is written whole. `columns`: of
what kind a column is, and what is missing or of a wrong type; `moments` and `keys`: what makes two values the same.
`number_bins` and `category_cells`: in what cells samples are compared. `noise`: what is promised of chance, and how it
is kept. That too little was there to judge is decided above, in the catalogue of signals.

What is in a bucket is measured by a `measuring_process`, so that a read that hangs holds up nothing else.

Data is read in batches, few columns at a time, only those that the spec names; what is kept of it is counts per bin.
One Snapshot is frozen and replaces the one before at once; a part that can't be read keeps its last result and says so
in ``ml_monitor_errors``. Needs the extra ``monitor`` (pyarrow, prometheus-client).
"""
