"""What a fault is, and what a row of figures holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.fault.stage import CREW, Stage, Verdict
from tests.processes import XINGLIN
from workers.relay import WINDOW

RECOVERY_SECONDS = 30.0
"""Within it, from the end of a fault, what the fault held up is worked off."""
BOTH = ("embedded", "servers")
SERVERS = ("servers",)
EMBEDDED = ("embedded",)
CLUSTER = ("cluster",)

TWO_INTAKES = (*CREW, "intake", "relay")
TWO_HOSTS = (*CREW, *CREW)
TWO_ASSESSORS = (*CREW, "assessor")
FOUR_INTAKES = (*TWO_INTAKES, "intake", "relay", "intake", "relay")


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to hurt a stage. `hurt` inflicts it once and returns when it has ended.

    `rounds` says how often, `pairs` where, `crew` which workers run, `short` whether it belongs to the short
    selection, `launcher` the module that starts the workers, `disk_mib` how large the disk is (0:
    as it is).
    """

    hurt: Callable[[Stage], None]
    pairs: tuple[str, ...] = BOTH
    rounds: int = 1
    crew: tuple[str, ...] = CREW
    short: tuple[str, ...] = ()
    launcher: str = XINGLIN
    disk_mib: int = 0

    @property
    def name(self) -> str:
        """What its function is called."""
        return self.hurt.__name__

    @property
    def text(self) -> str:
        """What its function says of itself."""
        said = (self.hurt.__doc__ or self.name).strip()
        intakes = self.crew.count("intake")
        return said if intakes == 1 else f"{said} ({intakes} intakes)"


@dataclass(slots=True)
class Row:
    """The figures of one fault on one pair, None as long as there are none, and what does not hold."""

    fault: str
    text: str
    pair: str
    rounds: int
    lost: int | None = None
    twice: bool | None = None
    repeats: int | None = None
    recovery: float | None = None
    trouble: str = ""

    def fill(self, verdict: Verdict) -> None:
        """Take the figures of a verdict."""
        self.lost, self.twice = verdict.lost, verdict.twice
        self.repeats, self.recovery = verdict.repeats, verdict.recovery


def troubles(fault: Fault, verdict: Verdict) -> list[str]:
    """Return what does not hold, as sentences; none when all is well."""
    bound = fault.rounds * WINDOW
    findings = {
        f"{verdict.lost} lost": verdict.lost == 0,
        "the archive differs from the undisturbed one": not verdict.twice,
        f"{verdict.repeats} sent again, more than {bound}": verdict.repeats <= bound,
        f"recovered after {verdict.recovery:.1f} s, later than {RECOVERY_SECONDS:.0f} s": verdict.recovery
        <= RECOVERY_SECONDS,
        "the ledger is not balanced": verdict.balanced,
        f"{verdict.parked} messages left parked": verdict.parked == 0,
    }
    return [finding for finding, holds in findings.items() if not holds]
