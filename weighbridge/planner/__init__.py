"""How much serving a workload needs: from its requests and its objective to replicas, with intervals and reasons.

    WORKLOADS.yaml ─ files/reading ─▶ Workloads ─ problems ─▶ good ones
        demand: trace ─ trace ─▶ Trace ─ forecast ─▶ Forecast; or a rate ─ requests ─▶ Requests, one shape for both
        model: catalog/model_speed ─ step_time, memory, speed ─▶ ReplicaSpeed: a curve over concurrency, and its basis
        Requests × ReplicaSpeed ─ batching, replay ─▶ replicas
        Requests × service time ─ erlang, or queue and replay ─▶ servers
        serving ─▶ WorkloadPlan ─ choice/* ─▶ Hardware, where a stack or a region is named
        plan ─▶ PlanResult ─ render/plan/* ─▶ text, JSON, page, request for quota; stacks/plan_edit writes the spec

One place for each decision: the step's formula and what an estimate rests on in `step_time`; what fits in `memory`;
what a user's own points replace in `speed`; how many are enough in `replay` (the search) and `serving` (the objective);
what a trace's rows may hold in `trace`; what can't be known from it in `forecast`. `fit` and `build` make the numbers
that `step_time` reads, from measured rows; no command imports them.

What is to come has its place: training and data runs (`runs`), the month's overlap (`overlap`); each gives frozen
results that `plan` gathers, and `render/plan` shows. NumPy is imported by a command that plans, pyarrow where a file is
Parquet, and HiGHS where hardware is chosen.
"""
