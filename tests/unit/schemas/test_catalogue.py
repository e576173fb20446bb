from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from schemas import catalogue
from schemas.envelope import Event
from tests.unit.schemas.events import EXAMPLES, ROOT, SAMPLES, sample


def schema(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((catalogue.GENERATED / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def is_valid(name: str, value: object) -> bool:
    return Draft202012Validator(schema(name)).is_valid(value)


@pytest.fixture(scope="module")
def asyncapi() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((catalogue.GENERATED / "asyncapi.yaml").read_text(encoding="utf-8"))
    return loaded


def test_the_committed_files_are_those_of_the_models() -> None:
    committed = {path.name: path.read_text(encoding="utf-8") for path in catalogue.GENERATED.iterdir()}
    assert committed == catalogue.render(), "stale: run python -m schemas.catalogue"


def test_there_is_a_type_for_every_line_of_the_contract() -> None:
    assert len(catalogue.INBOUND) == 19
    assert len(catalogue.OUTGOING) == 5
    assert len(SAMPLES) == 19


@pytest.mark.parametrize("name", [*catalogue.INBOUND, *catalogue.OUTGOING, "envelope"])
def test_every_schema_is_one_of_its_dialect(name: str) -> None:
    Draft202012Validator.check_schema(schema(name))


@pytest.mark.parametrize("path", SAMPLES + EXAMPLES, ids=lambda path: path.stem)
def test_samples_and_examples_are_valid_by_the_schemas_too(path: Path) -> None:
    event = json.loads(path.read_bytes())
    Draft202012Validator(schema("envelope")).validate(event)
    Draft202012Validator(schema(event["type"])).validate(event["data"])


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("inspection/penalty", {"CF_JDRQ": "13.04.2026"}),
        ("inspection/penalty", {"CF_XDR_LB": "企业"}),
        ("inspection/penalty", {"CF_NR_FK": "-1"}),
        ("inspection/penalty", {"CF_XDR_SHXYM": "1" * 19}),
        ("inspection/penalty", {"summary_procedure": "no"}),
        ("insurance/points", {"points": 13}),
        ("security/offence", {"behaviour": "B9"}),
    ],
)
def test_a_schema_refuses_what_the_model_refuses(name: str, changes: dict[str, Any]) -> None:
    event = sample(name)
    assert not is_valid(event["type"], event["data"] | changes)


@pytest.mark.parametrize("changes", [{"type": "credit.x"}, {"revision": 0}, {"source": "x"}, {"data": []}])
def test_the_envelope_schema_refuses_what_the_model_refuses(changes: dict[str, Any]) -> None:
    assert not is_valid("envelope", sample("inspection/points") | changes)


def test_the_envelope_schema_has_the_attributes_of_the_wire() -> None:
    assert schema("envelope")["properties"].keys() == Event.model_fields.keys() - {"time_as_written"}


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for name, value in node.items():
            yield from [value] if name == "$ref" else references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def resolve(document: dict[str, Any], pointer: str) -> Any:
    node: Any = document
    for step in pointer.removeprefix("#/").split("/"):
        node = node[step]
    return node


def test_every_reference_of_the_asyncapi_document_resolves(asyncapi: dict[str, Any]) -> None:
    found = list(references(asyncapi))
    assert len(found) > 100
    for reference in found:
        if reference.startswith("#/"):
            assert resolve(asyncapi, reference)
        else:
            assert (catalogue.GENERATED / reference).is_file()


def test_the_asyncapi_document_has_the_topology_of_the_contract(asyncapi: dict[str, Any]) -> None:
    assert asyncapi["asyncapi"] == "3.0.0"
    channels = asyncapi["channels"]
    assert [channel["address"] for channel in channels.values()] == [
        "credit.in.licensing",
        "credit.in.inspection",
        "credit.in.insurance",
        "credit.in.security",
        "credit.in.office",
        "credit.in.receipts",
        "credit.in.feed-results",
        "notice.{agency}",
        "feed.{name}",
        "assessment.{regime}",
        "alert.{kind}",
    ]
    carried = [
        reference["$ref"].rpartition("/")[2]
        for channel in channels.values()
        for reference in channel["messages"].values()
    ]
    assert sorted(carried) == sorted([*catalogue.INBOUND, *catalogue.OUTGOING])
    actions = {operation["channel"]["$ref"]: operation["action"] for operation in asyncapi["operations"].values()}
    assert actions == {
        f"#/channels/{name}": "receive" if channel["address"].startswith("credit.in.") else "send"
        for name, channel in channels.items()
    }


def test_the_queues_are_those_of_the_routing_file() -> None:
    broker = yaml.safe_load((ROOT / "routing.yaml").read_text(encoding="utf-8"))["broker"]
    assert broker["inbound"] == {queue: [f"{begin}#"] for queue, begin in catalogue.QUEUES.items()}
    assert (broker["exchange_in"], broker["exchange_out"]) == (catalogue.EXCHANGE_IN, catalogue.EXCHANGE_OUT)
