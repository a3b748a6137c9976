"""How much hardware serving, training and data need: replicas, times and the month's overlap, with reasons.

    WORKLOADS.yaml ─ files/reading ─▶ Workloads ─ problems ─▶ good ones
        demand: trace ─ trace ─▶ Trace ─ forecast ─▶ Forecast; or a rate ─ requests ─▶ Requests, one shape for both
        model: catalog/model_speed ─ step_time, memory, speed ─▶ ReplicaSpeed: a curve over concurrency, and its basis
        Requests × ReplicaSpeed ─ batching, replay ─▶ replicas
        Requests × service time ─ erlang, or queue and replay ─▶ servers
        runs: history ─ past_runs ─▶ PastRuns ─ run_time ─▶ RunTime
              train, catalog/training_speed ─ training_time ─▶ RunTime, where there are no past ones
        RunTime × run_hardware ─ run_plan ─▶ RunPlan; RunPlan × schedule ─ overlap ─▶ Overlap
        serving ─▶ WorkloadPlan ─ choice/* ─▶ Hardware, where a stack or a region is named
        plan: these four ─▶ PlanResult ─ render/plan/* ─▶ text, JSON, page; stacks/plan_edit writes the spec, and
                                       stacks/plan_request what to ask Google for

One place for each decision: the step's formula and what an estimate rests on in `step_time`; what fits in `memory`;
what a user's own points replace in `speed`; how many are enough in `replay` (the search) and `serving` (the
objective); what a trace's rows may hold in `trace`; what can't be known from it in `forecast`; how long a run takes
in `run_time`, or in `training_time` where there are none; what a slice's name counts in `run_hardware`; which runs
come together in `overlap`, whose calendar is data that anything may draw. `fit` and `build` make the numbers that
`step_time` reads, from measured rows; no command imports them.

NumPy is imported by a command that plans, pyarrow where a file is Parquet, and HiGHS where hardware is chosen.
"""
