"""What routing.yaml may say of front-end databases, and how it is told of a mistake."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from credit.routing import routes
from schemas.errors import ConfigurationError
from tests.builders import ROOT, connectors, national_law
from tests.fronts import templates

FRONTENDS = """frontends:
  county:
    name: 市信用办前置库
    url_from: XINGLIN_FRONTEND_COUNTY
    sender: "11410481983690064T"
    tables:
      frxzcf:
        template: penalty-v2016-organisation
        key: [CF_WSH]
        state: {column: STATE}
        columns: {BZ: REMARK}
        without: [CF_XDR_GSDJ]
        stated: {summary_procedure: 否}
    outgoing:
      told:
        template: penalty-v2016-person
        key: [CF_WSH]
        state: {column: STATE}
"""
BEFORE = (ROOT / "routing.yaml").read_text(encoding="utf-8")
FIRST = BEFORE[: BEFORE.index("frontends: {}")].count("\n") + 1
"""The line of `frontends:`."""


def load(folder: Path, *edits: tuple[str, str]) -> routes.Routes:
    said = FRONTENDS
    for old, new in edits:
        assert old in said
        said = said.replace(old, new, 1)
    file = folder / "routing.yaml"
    file.write_text(BEFORE.replace("frontends: {}\n", said), encoding="utf-8")
    return routes.load(file, national_law(), date(2026, 6, 1), connectors().models(), templates)


def test_front_ends_are_read(tmp_path: Path) -> None:
    plan = load(tmp_path).frontends["county"]
    assert plan.tables["frxzcf"].state.new == "0"
    assert plan.outgoing["told"].withdrawn is None


MISTAKES = {
    "a URL in the file": (
        ("url_from: XINGLIN_FRONTEND_COUNTY", "url_from: postgresql://u:secret@host/db"),
        3,
        "frontends.county.url_from: string should match pattern",
    ),
    "the password of the archive": (
        ("XINGLIN_FRONTEND_COUNTY", "XINGLIN_DATABASE_URL"),
        3,
        "frontends.county.url_from",
    ),
    "an unknown template": (
        ("penalty-v2016-organisation", "penalty-v2016-organization"),
        7,
        "unknown template 'penalty-v2016-organization' (did you mean 'penalty-v2016-organisation'?)",
    ),
    "an unknown code": (
        ("BZ: REMARK", "BZZ: REMARK"),
        10,
        "unknown column 'BZZ' of template penalty-v2016",
    ),
    "an unknown code without": (("[CF_XDR_GSDJ]", "[CF_XDR_GSDX]"), 11, "(did you mean 'CF_XDR_GSDJ'?)"),
    "an unknown code stated": (("summary_procedure: 否", "summary: 否"), 12, "unknown column 'summary'"),
    "two states alike": (("{column: STATE}", '{column: STATE, taken: "0"}'), 9, "new, taken and refused must differ"),
    "a state that is a number": (("{column: STATE}", "{column: STATE, new: 0}"), 9, "must be text: write it in quotes"),
    "an unknown key": (("key: [CF_WSH]", "keys: [CF_WSH]"), 8, "unknown key 'keys' (did you mean 'key'?)"),
    "a key that nobody fills": (
        (
            "      told:\n        template: penalty-v2016-person\n        key: [CF_WSH]",
            "      told:\n        template: penalty-v2016-person\n        key: [ID]",
        ),
        16,
        "'ID' is no column that penalty-v2016-person fills",
    ),
    "a table that is read and filled": (("      told:", "      frxzcf:"), 14, "this table is under tables"),
    "a wrong sender": (('"11410481983690064T"', '"11410481983690064X"'), 4, "is not a unified social credit code"),
    "no table": ((FRONTENDS[FRONTENDS.index("    tables:") :], ""), 1, "needs tables or outgoing"),
}


@pytest.mark.parametrize(("edit", "line", "says"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, edit: tuple[str, str], line: int, says: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, edit)
    assert f"routing.yaml:{FIRST + line}: " in str(caught.value)
    assert says in str(caught.value)
    assert "secret" not in str(caught.value)


DELIVERED = """feeds:
  site:
    name: 市信用平台
    generation: V2016
    kinds: [permit, penalty, check]
    person_kinds: [penalty]
    checks: {schemes: [key], source: {document: 示例, clause: 一}, confidence: low}
    senders: ["11410481983690064T"]
    deliver: {table: {frontend: county}}
"""


def test_each_template_of_a_feed_needs_its_table(tmp_path: Path) -> None:
    file = tmp_path / "routing.yaml"
    said = BEFORE.replace("frontends: {}\n", FRONTENDS).replace("feeds:\n", DELIVERED)
    file.write_text(said, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        routes.load(file, national_law(), date(2026, 6, 1), connectors().models(), templates)
    line = said[: said.index("    deliver: {table")].count("\n") + 1
    assert str(caught.value).splitlines() == [
        f"{file}:{line}: feeds.site.deliver.table.frontend: no table under outgoing is filled by {template} "
        f"({rows}): add one, or leave the kind out of the feed"
        for template, rows in (
            ("credit.inspection.check.v1", "check of organisations"),
            ("penalty-v2016-organisation", "penalty of organisations"),
            ("permit-v2016-organisation", "permit of organisations"),
        )
    ]
