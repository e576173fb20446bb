"""A small good routing file for tests to edit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from credit.law import loading
from credit.law.law import Law
from credit.routing import routes
from credit.routing.routes import Routes
from schemas.statement import Model
from tests.installed import MODELS

ROOT = Path(__file__).parents[3]
TODAY = date(2026, 11, 22)
HEALTH = "11410481983690064T"
OFFICE = "11410481685969382K"
POLICE = "11410481684874525W"
INSURANCE = "114104810267735464"
MARKET = "114104816428926969"

SMALL = """\
authority: "11410481983690064T"
broker:
  exchange_in: credit.in
  exchange_out: credit.out
  exchange_dead: credit.dead
  queue_dead: credit.dead
  unsorted: credit.in.unsorted
  inbound:
    credit.in.security: ["credit.security.#"]
    credit.in.receipts: ["credit.partner.#"]
  outbound: {}
routes:
  credit.in.security:
    source: /security
    senders: ["11410481684874525W"]
    signature: none
  credit.in.receipts:
    source: /partner/*
    signature: none
keys: {}
partners:
  finance: {name: 舞钢市财政局, organ_code: "11410481001581767M", powers: [M06]}
  police: {name: 舞钢市公安局, organ_code: "11410481684874525W", powers: [M04, M09]}
feeds: {}
grounds:
  harm:
    name: 严重危害正常医疗秩序
    source: {document: 发改财金〔2018〕1399号, clause: 联合惩戒对象}
    confidence: high
    party_kinds: [person]
    when:
      - {family: credit.security.offence, items: {sanction: [detention, criminal]}}
    agencies:
      finance:
        - code: M06
          basis: 发改财金〔2018〕1399号
"""


def national_law() -> Law:
    """The small law made up for tests, in place of the national one."""
    return loading.load(ROOT / "tests" / "law" / "small", MODELS)


class Editor:
    """Loads the small file from a folder, after replacing the first occurrence of each old text by a new one."""

    def __init__(self, folder: Path, law: Law) -> None:
        self.folder = folder
        self._law = law

    def load(self, *edits: tuple[str, str], on: date = TODAY, models: Mapping[str, Model] = MODELS) -> Routes:
        text = SMALL
        for old, new in edits:
            assert old in text
            text = text.replace(old, new, 1)
        file = self.folder / "routing.yaml"
        file.write_text(text, encoding="utf-8")
        return routes.load(file, self._law, on, models)
