"""Every fault, in the order in which the documentation lists them."""

from __future__ import annotations

from tests.fault.faults import broker, database, machine, network, processes, terms
from tests.fault.table import Fault

FAULTS: tuple[Fault, ...] = (
    *processes.FAULTS,
    *broker.FAULTS,
    *database.FAULTS,
    *network.FAULTS,
    *machine.FAULTS,
    *terms.FAULTS,
)
