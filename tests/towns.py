"""An authority that follows the tests' own regime, by files of its own."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tests.builders import ROOT


def settle(folder: Path) -> dict[str, str]:
    """Write routing and policies of an authority that follows `town` alone; return the environment that names them."""
    shutil.copytree(ROOT / "policies", folder / "policies", ignore=shutil.ignore_patterns("regimes"))
    shutil.copytree(ROOT / "tests" / "law" / "regimes" / "town", folder / "policies" / "regimes" / "town")
    routing = (ROOT / "routing.yaml").read_text(encoding="utf-8")
    assert "\n  wugang: {from_year: 2025}\n" in routing
    followed = routing.replace("\n  wugang: {from_year: 2025}\n", "\n  town: {from_year: 2025}\n")
    (folder / "routing.yaml").write_text(followed, encoding="utf-8")
    alone = re.sub(r"^regimes:.*\n  wugang: .*\n", "", routing, flags=re.MULTILINE)
    (folder / "alone.yaml").write_text(alone, encoding="utf-8")
    return {"XINGLIN_ROUTING": str(folder / "routing.yaml"), "XINGLIN_POLICIES": str(folder / "policies")}
