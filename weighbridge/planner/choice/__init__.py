"""Which hardware all workloads take together: the cheapest set that fits the quota, and why.

    WorkloadPlan × catalog ─ candidates ─▶ Candidate: machines, nodes, price, what it draws from each limit
    ledger of all stacks ─ room ─▶ QuotaRoom: what is left of each limit for these workloads
    Candidate × QuotaRoom ─ solve ─▶ the cheapest set, or none ─ choose ─▶ HardwareChoice: second best, savings, raises
    HardwareChoice × what serves now ─ compare ─▶ OldAndNew: speed, money, quota freed, what migration takes

Latency stays outside the program that is solved: `planner/serving` has decided how many replicas hold the objective.
HiGHS is imported by a command that chooses, and nothing else.
"""
