"""Facts about Google Cloud: what machines have, which quota they draw on, where they are sold and at what price.

The facts are the CSV tables beside this file; each row names its source (`sources.csv` says what that is and of what
day; for a page without a date, the day it was entered) and how sure it is. `build` makes and checks the tables. A new
fact is a new row, never a new branch.
"""

from weighbridge.catalog.lookup import Catalog, load
from weighbridge.catalog.rows import (
    LOCAL_SSD_DISK_GB,
    Allocatable,
    Confidence,
    Gpu,
    MachineType,
    Price,
    Provisioning,
    QuotaId,
    QuotaMetric,
    QuotaResource,
    Source,
    TpuTopology,
    UnknownQuota,
)

__all__ = [
    "LOCAL_SSD_DISK_GB",
    "Allocatable",
    "Catalog",
    "Confidence",
    "Gpu",
    "MachineType",
    "Price",
    "Provisioning",
    "QuotaId",
    "QuotaMetric",
    "QuotaResource",
    "Source",
    "TpuTopology",
    "UnknownQuota",
    "load",
]
