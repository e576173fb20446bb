"""Regimes of a few lines, made up for tests of duties and supervision."""

from __future__ import annotations

from typing import Any

from credit.grading.regime import Regime
from schemas.regime.duties import DutiesFile
from schemas.regime.scale import RegimeFile
from schemas.regime.supervision import SupervisionFile

SOURCE = {"source": {"document": "试验办法", "clause": "第一条"}, "confidence": "high"}
HEALTH, POLICE, HOSPITAL = "11410481983690064T", "11410481005476501X", "12410481417200000A"
PENALTY, MEASURE, CHECK = "credit.inspection.penalty", "credit.inspection.measure", "credit.inspection.check"
NOTHING: dict[str, Any] = {}


def duty(name: str, start: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A duty of the office, unless other units are named."""
    return {"id": name, "name": "试验事项", "units": ["office"], "start": start, **SOURCE} | more


def edition(*listed: dict[str, Any], since: str = "2026-01-01") -> dict[str, Any]:
    """Duties from a day on, of an office without a code and of the police."""
    units = {"office": {"name": "信用办"}, "police": {"name": "公安局", "organ_code": POLICE}}
    return {"effective_from": since, "units": units, "duties": list(listed), **SOURCE}


def regime(
    *listed: dict[str, Any],
    editions: list[dict[str, Any]] | None = None,
    supervision: dict[str, Any] | None = None,
    limits: tuple[dict[str, Any], ...] = (),
) -> Regime:
    """A regime whose subjects are good unless a limit holds, with duties, and with supervision where it is given."""
    grades = {"grades": {"good": "好", "poor": "差"}, "measure": {"kind": "none"}, "subjects": NOTHING}
    scales = [{"id": "rating", "name": "评价", "limits": limits, **grades}]
    file: dict[str, Any] = {"code": "small", "name": "试验", "authority": HEALTH, "document": "试验办法"}
    file["editions"] = [{"effective_from": "2020-01-01", "scales": scales, **SOURCE}]
    dated = {"effective_from": "2020-01-01", "visits": [{"family": CHECK}], **SOURCE}
    return Regime(
        RegimeFile.model_validate(file),
        supervision=SupervisionFile.model_validate({"editions": [dated | supervision]}) if supervision else None,
        duties=DutiesFile.model_validate({"editions": editions or [edition(*listed)]}),
    )


def yearly(month: int = 1, day: int = 20, *, next_year: bool = True) -> dict[str, Any]:
    """Once for each year."""
    return {"kind": "yearly", "month": month, "day": day, "next_year": next_year}


def after(within: int, counted: str = "calendar", kind: str = "fact", **more: Any) -> dict[str, Any]:
    """So long after something: where nothing else is said, after a penalty."""
    when = {"when": [{"family": PENALTY}]} if kind in {"fact", "entry"} else {}
    return {"kind": kind, "within": within, "counted": counted} | when | more
