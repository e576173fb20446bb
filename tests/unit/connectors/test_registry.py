from __future__ import annotations

from pathlib import Path

import pytest

from connectors import registry
from connectors.feed import CONNECTOR as FEED
from schemas.catalogue import INBOUND
from schemas.errors import ConfigurationError, UnusableError
from schemas.reasons import Reason
from schemas.statement import Connector


def install(folder: Path, name: str, module: str) -> None:
    """Lay a third party's distribution out as an installer does."""
    (folder / f"{name}.py").write_text(module, encoding="utf-8")
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[{registry.GROUP}]\n{name} = {name}:CONNECTOR\n", encoding="utf-8")


THIRD_PARTY = """
from connectors.feed.mapping import read_result
from schemas.messages.feed import RowResult
from schemas.statement import Connector, MessageType

CONNECTOR = Connector("{name}", "/{name}", (MessageType("{type}", RowResult, read_result),))
"""


def test_our_connectors_read_every_type_of_the_contract_with_its_model() -> None:
    entries = registry.load().entries
    ours = {name: message_type.model for name, (_, message_type) in entries.items() if name in INBOUND}
    assert ours == INBOUND


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
    ],
)
def test_a_type_is_found_with_its_connector(message_type: str, connector: str, source: str) -> None:
    found, entry = registry.load().find(message_type)
    assert (found.name, found.source, entry.type) == (connector, source, message_type)


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
