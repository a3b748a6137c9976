"""Waiting in a queue with random arrivals and exponential services of `servers` alike: Erlang's formulas (M/M/c).

They hold for one common queue in order of arrival. Real traces come in bursts: replay them instead (`replay`).
"""

from __future__ import annotations

import math

from weighbridge.errors import NoVerdict
from weighbridge.planner.replay import fewest


class Overloaded(NoVerdict):
    """More comes in than all servers together can do: the queue grows without end."""


def blocked_share(servers: int, load: float) -> float:
    """Erlang B: the share of arrivals that find all servers busy where nobody waits. `load` is in erlang.

    By its recursion, which is stable at every size and takes time in proportion to the servers.
    """
    share = 1.0
    for server in range(1, servers + 1):
        share = load * share / (server + load * share)
    return share


def waiting_share(servers: int, load: float) -> float:
    """Erlang C: the share of arrivals that wait. Raises `Overloaded` where the load is not below the servers."""
    if load >= servers:
        raise Overloaded(f"a load of {load:g} needs more than {servers:,} servers: the queue grows without end")
    blocked = blocked_share(servers, load)
    return blocked / (1 - load / servers * (1 - blocked))


def late_share(servers: int, rate: float, service: float, wait: float) -> float:
    """The share of arrivals that wait longer than `wait` seconds. Raises `Overloaded`."""
    return waiting_share(servers, rate * service) * math.exp(-(servers / service - rate) * wait)


def servers_for(rate: float, service: float, wait: float, late: float) -> int:
    """The fewest servers with which at most the share `late` waits longer than `wait` seconds.

    Raises `NeverEnough` where too many do not do either.
    """
    load = rate * service
    return fewest(lambda servers: servers > load and late_share(servers, rate, service, wait) <= late, int(load) + 1)
