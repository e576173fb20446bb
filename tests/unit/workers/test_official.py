from __future__ import annotations

from credit.grading import loading
from schemas.routing import Followed
from tests.builders import ROOT, connectors
from workers.show.official import _name_paper


def test_the_paper_that_a_fall_calls_for_is_named_by_its_word() -> None:
    followed = {name: Followed(from_year=2000) for name in ("wugang", "yichang")}
    regimes = loading.load_followed(ROOT / "policies" / "regimes", followed, connectors().models())
    editions = {name: regime.edition(2026) for name, regime in regimes.items()}
    scales = {(name, each.id) for name, found in editions.items() if found is not None for each in found.scales}
    named = {_name_paper(regimes[name], scale, 2026) for name, scale in scales}
    assert named == {"等级降级通知书", None}
    assert _name_paper(regimes["wugang"], "none", 2026) is None
