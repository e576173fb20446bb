from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import Field

from connectors import registry
from connectors.feed import CONNECTOR as FEED
from connectors.feed.mapping import read_result
from connectors.licensing import CONNECTOR as LICENSING
from schemas.base import Frozen
from schemas.errors import ConfigurationError, UnusableError
from schemas.reasons import Reason
from schemas.statement import Connector, MessageType
from schemas.words import Words


def install(folder: Path, name: str, module: str) -> None:
    """Lay a third party's distribution out as an installer does."""
    (folder / f"{name}.py").write_text(module, encoding="utf-8")
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[{registry.GROUP}]\n{name} = {name}:CONNECTOR\n", encoding="utf-8")


THIRD_PARTY = """
from connectors.feed.mapping import read_result
from connectors.feed.messages import RowResult
from schemas.statement import Connector, MessageType

CONNECTOR = Connector("{name}", "/{name}", (MessageType("{type}", RowResult, read_result),))
"""


@pytest.mark.parametrize(
    ("message_type", "connector", "source"),
    [
        ("credit.licensing.permit.v1", "licensing", "/licensing"),
        ("credit.inspection.penalty.v1", "inspection", "/inspection"),
        ("credit.insurance.fraud.v1", "insurance", "/insurance"),
        ("credit.security.offence.v1", "security", "/security"),
        ("credit.office.repair.v1", "office", "/office"),
        ("credit.partner.receipt.v1", "partner", "/partner"),
        ("credit.feed.result.v1", "feed", "/feed"),
        ("credit.public.clue.v1", "public", "/public"),
        ("credit.desk.self_assessment.v1", "desk", "/desk"),
        ("credit.association.finding.v1", "association", "/association"),
    ],
)
def test_a_type_is_found_with_its_connector(message_type: str, connector: str, source: str) -> None:
    found, entry = registry.load().find(message_type)
    assert (found.name, found.source, entry.type) == (connector, source, message_type)


def test_two_templates_of_one_name_are_refused() -> None:
    licensing = registry.Found(LICENSING, "xinglin")
    other = registry.Found(replace(FEED, sheets=LICENSING.sheets[:1]), "another")
    with pytest.raises(
        ConfigurationError, match="permit-v2019 is declared by xinglin and by connector feed of another"
    ):
        registry.build([licensing, other])


def refusal(message_type: str) -> UnusableError:
    with pytest.raises(UnusableError) as caught:
        registry.load().find(message_type)
    return caught.value


def test_an_unknown_type_is_answered_with_the_nearest() -> None:
    error = refusal("credit.inspection.penality.v1")
    assert error.reason is Reason.TYPE_UNKNOWN
    assert "is credit.inspection.penalty.v1 meant?" in error.detail


def test_a_type_like_no_other_is_unknown() -> None:
    error = refusal("zzz.v1")
    assert error.reason is Reason.TYPE_UNKNOWN
    assert "installed" in error.detail


def test_another_version_of_a_known_family_is_told_apart() -> None:
    error = refusal("credit.inspection.penalty.v2")
    assert error.reason is Reason.TYPE_VERSION
    assert "credit.inspection.penalty.v1" in error.detail


def test_a_third_partys_connector_is_found_once_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "drugs_one", THIRD_PARTY.format(name="drugs", type="credit.drugs.recall.v1"))
    monkeypatch.syspath_prepend(tmp_path)
    connector, _ = registry.load().find("credit.drugs.recall.v1")
    assert connector.source == "/drugs"


def test_two_owners_of_one_type_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "rival_two", THIRD_PARTY.format(name="rival", type="credit.feed.result.v1"))
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigurationError) as caught:
        registry.load()
    for word in ("credit.feed.result.v1", "feed of xinglin", "rival of rival_two"):
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("name", "module", "complaint"),
    [
        ("broken_three", "raise RuntimeError('no such driver')", "no such driver"),
        ("broken_four", "", "cannot be loaded"),
        ("broken_five", "CONNECTOR = 5", "is a int, not a schemas.statement.Connector"),
        ("broken_six", THIRD_PARTY.format(name="six", type="credit.six.thing"), "version"),
    ],
)
def test_a_connector_that_cannot_be_used_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, module: str, complaint: str
) -> None:
    install(tmp_path, name, module)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigurationError) as caught:
        registry.load()
    assert name in str(caught.value)
    assert complaint in str(caught.value)


def test_one_connector_given_twice_is_a_conflict_too() -> None:
    with pytest.raises(ConfigurationError, match="claimed by connector feed of a and by connector feed of b"):
        registry.build([registry.Found(FEED, "a"), registry.Found(FEED, "b")])


def test_a_registry_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        registry.build([]).entries["x"] = (Connector("x", "/x"), FEED.types[0])  # type: ignore[index]


def refused_words(model: type[Frozen]) -> str:
    """What is said of a third party's connector with this model."""
    connector = Connector("drugs", "/drugs", (MessageType("credit.drugs.recall.v1", model, read_result),))
    with pytest.raises(ConfigurationError) as caught:
        registry.build([registry.Found(connector, "xinglin-drugs")])
    assert str(caught.value).startswith(
        "connector drugs of xinglin-drugs: type credit.drugs.recall.v1 cannot be shown to officials: "
        f"tests.unit.connectors.test_registry.{model.__qualname__}."
    )
    return str(caught.value).partition("test_registry.")[2]


class Untitled(Frozen):
    level: int


class Blank(Frozen):
    level: int = Field(default=0, title=" ")


class Line(Frozen):
    code: str
    inner: tuple[Line, ...] = Field(default=(), title="下级")


class Nested(Frozen):
    lines: Annotated[dict[str, list[Line | None]], Field(title="行")]


class Wordless(Frozen):
    level: Annotated[Literal["one", "two", "三"], Words({"one": "一级"})] | None = Field(default=None, title="级别")


class Stars(Frozen):
    star: Annotated[tuple[Annotated[Literal[0, 1], Words({"0": "无"})], ...], Field(title="星级")]


class Plain(StrEnum):
    ONE = "one"


class Bare(Frozen):
    level: Plain = Field(title="级别")


class Stale(Frozen):
    level: Annotated[Literal["one"], Words({"one": "一级", "two": "二级"})] = Field(title="级别")


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (Untitled, 'Untitled.level has no title: write level: … = Field(title="…")'),
        (Blank, 'Blank.level has no title: write level: … = Field(title="…")'),
        (Wordless, """Wordless.level: the value 'two' has no word: write Annotated[…, Words({"two": "…"})]"""),
        (Stars, """Stars.star: the value '1' has no word: write Annotated[…, Words({"1": "…"})]"""),
        (Bare, """Bare.level: the value 'one' has no word: write Annotated[…, Words({"one": "…"})]"""),
        (Stale, "Stale.level: there is a word for 'two', and no such value"),
    ],
)
def test_a_model_that_leaves_a_title_or_a_word_out_is_refused(model: type[Frozen], said: str) -> None:
    assert refused_words(model) == said


def test_a_model_within_a_model_is_looked_at_too() -> None:
    connector = Connector("drugs", "/drugs", (MessageType("credit.drugs.recall.v1", Nested, read_result),))
    with pytest.raises(ConfigurationError, match=r"Line\.code has no title"):
        registry.build([registry.Found(connector, "xinglin-drugs")])


class First(Frozen):
    old: int = Field(title="旧项")
    level: Annotated[Literal["one"], Words({"one": "一级"})] = Field(title="旧级别")


class Second(Frozen):
    level: Annotated[Literal["two"], Words({"two": "二级"})] = Field(alias="grade", title="级别")
    lines: tuple[First, ...] = Field(title="明细")


def test_a_vocabulary_has_the_items_of_every_version_as_the_latest_names_them() -> None:
    types = (
        MessageType("credit.drugs.recall.v9", First, read_result, derived={"made": "推算"}),
        MessageType("credit.drugs.recall.v10", Second, read_result),
    )
    known = registry.build([registry.Found(Connector("drugs", "/drugs", types), "xinglin-drugs")]).vocabulary()
    items = known.items("credit.drugs.recall")
    assert [(name, item.title) for name, item in items.items()] == [
        ("grade", "级别"),
        ("lines", "明细"),
        ("old", "旧项"),
        ("level", "旧级别"),
        ("made", "推算"),
    ]
    assert items["lines"].parts["level"].words == {"one": "一级"}
    assert known.items("credit.unheard.of") == {}


def test_the_state_of_an_act_has_the_word_of_its_own_message() -> None:
    known = registry.load().vocabulary()
    assert known.state("credit.office.repair", "accepted") == "已受理"
    assert known.state("credit.office.withdrawal", "revoked") == "决定被撤销"
    assert known.state("credit.office.repair", "unheard-of") == "unheard-of"
    assert known.state("credit.unheard.of", "granted") == "granted"
