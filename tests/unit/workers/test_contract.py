"""The published contract is what this program reads and sends, with the words that officials know it by."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
import yaml
from jsonschema import Draft202012Validator
from pydantic import Field
from typer.testing import CliRunner

from connectors import registry
from connectors.reading import read_common
from connectors.vocabulary import find_gaps
from schemas.envelope import Event
from schemas.messages.common import Common
from schemas.outgoing import OUTGOING, ROUTING_KEYS
from schemas.party import Party
from schemas.statement import Category, Connector, Fact, MessageType
from schemas.words import Words
from tests.installed import MODELS
from tests.unit.schemas.events import EXAMPLES, GENERATED, ROOT, SAMPLES, sample
from workers import settings
from workers.cli.app import app
from workers.contract import render, unrouted
from workers.reading import Reader
from workers.runtime import load_reader


class Recall(Common, title="药品召回"):
    """A recall of a drug."""

    level: Annotated[Literal["one", "two"], Words({"one": "一级召回", "two": "二级召回"})] = Field(title="召回级别")
    maker: Party | None = Field(default=None, title="生产企业")


def read_recall(message: Recall, family: str) -> Fact:
    return read_common(message, family, Category.CHECK)


def install(message_type: str) -> registry.Registry:
    """The registry of ours and of a third party's connector that reads one more type."""
    more = Connector("recalls", "/recalls", (MessageType(message_type, Recall, read_recall),))
    ours = {connector.name: connector for connector, _ in registry.load().entries.values()}
    return registry.build(
        [*(registry.Found(each, "xinglin") for each in ours.values()), registry.Found(more, "recalls")]
    )


def schema(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((GENERATED / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def is_valid(name: str, value: object) -> bool:
    return Draft202012Validator(schema(name)).is_valid(value)


@pytest.fixture(scope="module")
def reader() -> Reader:
    return load_reader(settings.read(), routing=ROOT / "routing.yaml")


@pytest.fixture(scope="module")
def asyncapi() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((GENERATED / "asyncapi.yaml").read_text(encoding="utf-8"))
    return loaded


def test_the_committed_files_are_those_of_the_connectors(reader: Reader) -> None:
    committed = {path.name: path.read_text(encoding="utf-8") for path in GENERATED.iterdir()}
    assert committed == render(reader.registry, reader.routes), "stale: run xinglin contract schemas/generated"


def test_there_is_a_type_for_every_line_of_the_contract() -> None:
    assert len(MODELS) == 41
    assert len(OUTGOING) == 7
    assert len(SAMPLES) == 42  # a platform names a row in two ways


@pytest.mark.parametrize("name", [*MODELS, *OUTGOING, "envelope"])
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
    assert schema("envelope")["properties"].keys() == Event.model_fields.keys() - {
        "time_as_written",
        "sender_as_written",
    }


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
            assert (GENERATED / reference).is_file()


def test_the_asyncapi_document_has_the_topology_of_the_contract(asyncapi: dict[str, Any]) -> None:
    assert asyncapi["asyncapi"] == "3.0.0"
    channels = asyncapi["channels"]
    assert [channel["address"] for channel in channels.values()] == [
        "credit.in.licensing",
        "credit.in.inspection",
        "credit.in.insurance",
        "credit.in.security",
        "credit.in.office",
        "credit.in.public",
        "credit.in.desk",
        "credit.in.association",
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
    assert sorted(carried) == sorted([*MODELS, *OUTGOING])
    actions = {operation["channel"]["$ref"]: operation["action"] for operation in asyncapi["operations"].values()}
    assert actions == {
        f"#/channels/{name}": "receive" if channel["address"].startswith("credit.in.") else "send"
        for name, channel in channels.items()
    }


def test_every_type_comes_by_the_queue_whose_binding_takes_it(asyncapi: dict[str, Any]) -> None:
    broker = yaml.safe_load((ROOT / "routing.yaml").read_text(encoding="utf-8"))["broker"]
    for queue, [binding] in broker["inbound"].items():
        channel = asyncapi["channels"][re.sub("[.-]", "_", queue)]
        carried = {reference["$ref"].rpartition("/")[2] for reference in channel["messages"].values()}
        assert carried == {name for name in MODELS if name.startswith(binding.removesuffix("#"))}


def test_what_leaves_goes_by_a_routing_key() -> None:
    assert sorted(name for names in ROUTING_KEYS.values() for name in names) == sorted(OUTGOING)


@pytest.mark.parametrize("name", [*MODELS, *OUTGOING])
def test_every_field_has_its_title_and_every_value_its_word(name: str) -> None:
    assert not list(find_gaps((MODELS | OUTGOING)[name]))


@pytest.mark.parametrize("name", [*MODELS, *OUTGOING, "envelope"])
def test_every_title_of_a_schema_is_chinese(name: str) -> None:
    root = schema(name)
    assert all(re.search("[\u4e00-\u9fff]", title) for title in titles(root)), sorted(titles(root))


def titles(root: dict[str, Any]) -> set[str]:
    """The titles of a schema and of those in it, and of their properties; enumerations keep the name of the code."""
    models = [root, *(each for each in root.get("$defs", {}).values() if "properties" in each)]
    inner = [item for model in models for item in model["properties"].values()]
    # Where a property has the same title as what it refers to, it is written once, there.
    shown = (item if "title" in item else root["$defs"][item["$ref"].rpartition("/")[2]] for item in inner)
    return {each["title"] for each in (*models, *shown)}


def test_words_stand_beside_the_values_in_a_schema() -> None:
    assert schema("credit.office.objection.v1")["properties"]["state"]["x-words"] == {
        "filed": "已受理",
        "upheld": "成立",
        "rejected": "不成立",
    }
    assert schema("credit.partner.receipt.v1")["properties"]["state"]["x-words"]["partly_executed"] == "部分执行"
    assert schema("credit.feed.rows.v1")["$defs"]["Operation"]["x-words"]["withdraw"] == "撤下"


def test_a_type_that_a_connector_declares_is_in_the_contract_with_no_other_edit(reader: Reader) -> None:
    texts = render(install("credit.inspection.recall.v1"), reader.routes)
    data = json.loads(texts["credit.inspection.recall.v1.json"])
    assert data["title"] == "药品召回"
    assert data["properties"]["level"]["title"] == "召回级别"
    assert data["properties"]["level"]["x-words"] == {"one": "一级召回", "two": "二级召回"}
    document = yaml.safe_load(texts["asyncapi.yaml"])
    assert document["components"]["messages"]["credit.inspection.recall.v1"]["title"] == "药品召回"
    assert "credit_inspection_recall_v1" in document["channels"]["credit_in_inspection"]["messages"]


def test_a_type_that_no_queue_takes_is_named(reader: Reader) -> None:
    known = install("civil.drugs.recall.v1")
    assert unrouted(known, reader.routes) == ["civil.drugs.recall.v1"]
    assert "civil.drugs.recall.v1.json" in render(known, reader.routes)


def test_the_command_writes_the_files_and_names_what_is_stale(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "contract"
    assert run(folder) == f"✓ 已写出 {len(MODELS) + len(OUTGOING) + 2} 个文件：{folder}\n"
    assert {path.name for path in folder.iterdir()} == {path.name for path in GENERATED.iterdir()}
    (folder / "credit.gone.thing.v1.json").touch()
    (folder / "notes.txt").touch()
    assert run(folder).splitlines()[1:] == ["! credit.gone.thing.v1.json 已不属于约定，可以删除。"]
    assert (folder / "credit.gone.thing.v1.json").exists()


def run(folder: Path) -> str:
    done = CliRunner().invoke(app, ["contract", str(folder)], env={"COLUMNS": "300"}, catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout
