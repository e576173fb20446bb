from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from schemas.papers import MODELS, PaperKind
from schemas.papers.common import Paper
from tests.builders import ROOT
from tests.conftest import give_up
from workers.papers import rules
from workers.papers.fonts import FontsMissing
from workers.papers.pdf import Press
from workers.papers.rules import Order

POLICIES = ROOT / "policies"


@pytest.fixture(scope="session")
def press() -> Press:
    try:
        return Press(POLICIES)
    except FontsMissing as missing:
        give_up(str(missing))


def sample(kind: PaperKind, **changes: Any) -> Paper:
    data = json.loads((POLICIES / "papers" / "samples" / f"{kind}.json").read_text(encoding="utf-8"))
    return MODELS[kind].model_validate(data | changes)


def order(regime: str, kind: PaperKind, paper: Paper, policies: Path = POLICIES) -> Order:
    return rules.open_desk(policies, regime, kind).order(paper.issued_on)
