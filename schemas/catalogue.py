"""Every message type of the contract, and the JSON Schemas and AsyncAPI document generated from them.

`python -m schemas.catalogue` writes `schemas/generated/`: a schema for the `data` of each type,
`envelope.json` for what is around it, and `asyncapi.yaml`.
"""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from schemas import outgoing
from schemas.base import Frozen
from schemas.envelope import Event
from schemas.messages import feed, inspection, insurance, licensing, office, partner, penalty, security

VERSION = "1.0.0"
"""Version of the exchange contract; each type has its own at its end."""
GENERATED = Path(__file__).parent / "generated"
DIALECT = "https://json-schema.org/draft/2020-12/schema"

INBOUND: dict[str, type[Frozen]] = {
    "credit.licensing.permit.v1": licensing.Permit,
    "credit.licensing.commitment.v1": licensing.Commitment,
    "credit.licensing.registration.v1": licensing.Registration,
    "credit.inspection.check.v1": inspection.Check,
    "credit.inspection.penalty.v1": penalty.Penalty,
    "credit.inspection.measure.v1": inspection.Measure,
    "credit.inspection.points.v1": inspection.Points,
    "credit.inspection.conduct.v1": inspection.Conduct,
    "credit.inspection.transfer.v1": inspection.Transfer,
    "credit.insurance.agreement.v1": insurance.Agreement,
    "credit.insurance.fraud.v1": insurance.Fraud,
    "credit.insurance.points.v1": insurance.InsurancePoints,
    "credit.security.offence.v1": security.Offence,
    "credit.office.honour.v1": office.Honour,
    "credit.office.withdrawal.v1": office.Withdrawal,
    "credit.office.objection.v1": office.Objection,
    "credit.office.repair.v1": office.Repair,
    "credit.partner.receipt.v1": partner.NoticeReceipt,
    "credit.feed.result.v1": feed.RowResult,
}

OUTGOING: dict[str, type[Frozen]] = {
    "credit.notice.issued.v1": outgoing.NoticeIssued,
    "credit.notice.lifted.v1": outgoing.NoticeLifted,
    "credit.feed.rows.v1": outgoing.FeedRows,
    "credit.assessment.published.v1": outgoing.AssessmentPublished,
    "credit.alert.raised.v1": outgoing.AlertRaised,
}

EXCHANGE_IN, EXCHANGE_OUT = "credit.in", "credit.out"

QUEUES = {
    "credit.in.licensing": "credit.licensing.",
    "credit.in.inspection": "credit.inspection.",
    "credit.in.insurance": "credit.insurance.",
    "credit.in.security": "credit.security.",
    "credit.in.office": "credit.office.",
    "credit.in.receipts": "credit.partner.",
    "credit.in.feed-results": "credit.feed.",
}
"""Queues in, and how the types begin that come by them."""

ROUTING_KEYS = {
    "notice.{agency}": ("credit.notice.issued.v1", "credit.notice.lifted.v1"),
    "feed.{name}": ("credit.feed.rows.v1",),
    "assessment.{regime}": ("credit.assessment.published.v1",),
    "alert.{kind}": ("credit.alert.raised.v1",),
}
"""Routing keys out, and the types that go by them."""


def render() -> dict[str, str]:
    """Return the text of every generated file by its name."""
    files = {"envelope.json": _json_schema("envelope", Event)}
    files |= {f"{name}.json": _json_schema(name, model) for name, model in (INBOUND | OUTGOING).items()}
    texts = {name: json.dumps(schema, ensure_ascii=False, indent=2) + "\n" for name, schema in files.items()}
    return texts | {"asyncapi.yaml": _yaml(_asyncapi())}


def main() -> None:
    """Write the generated files into the package, and remove those of types that are gone."""
    GENERATED.mkdir(exist_ok=True)
    texts = render()
    for stale in {path.name for path in GENERATED.iterdir()} - texts.keys():
        (GENERATED / stale).unlink()
    for name, text in texts.items():
        (GENERATED / name).write_text(text, encoding="utf-8")


def _json_schema(name: str, model: type[Frozen]) -> dict[str, Any]:
    schema = model.model_json_schema(by_alias=True)
    schema.get("properties", {}).pop("time_as_written", None)
    return {"$schema": DIALECT, "$id": f"urn:xinglin:schema:{name}", **schema}


def _asyncapi() -> dict[str, Any]:
    inward = {queue: [name for name in INBOUND if name.startswith(begin)] for queue, begin in QUEUES.items()}
    queue_channels = {_key(queue): _queue_channel(queue, types) for queue, types in inward.items()}
    key_channels = {_key(key): _key_channel(key, types) for key, types in ROUTING_KEYS.items()}
    receive = {f"receive_{key}": _operation("receive", key, queue_channels[key]) for key in queue_channels}
    send = {f"send_{key}": _operation("send", key, key_channels[key]) for key in key_channels}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Xinglin 杏林",
            "version": VERSION,
            "description": "Credit messages of a health authority's exchange: CloudEvents over AMQP 0-9-1.",
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": queue_channels | key_channels,
        "operations": receive | send,
        "components": {"messages": {name: _message(name, model) for name, model in (INBOUND | OUTGOING).items()}},
    }


def _key(address: str) -> str:
    return address.replace(".", "_").replace("-", "_").replace("{", "").replace("}", "")


def _queue_channel(queue: str, types: list[str]) -> dict[str, Any]:
    binding = {
        "is": "queue",
        "queue": {"name": queue, "durable": True, "exclusive": False, "autoDelete": False},
        "bindingVersion": "0.3.0",
    }
    return {
        "address": queue,
        "description": f"Bound to the topic exchange {EXCHANGE_IN} by the types of its messages.",
        "messages": _message_refs(types),
        "bindings": {"amqp": binding},
    }


def _key_channel(key: str, types: tuple[str, ...]) -> dict[str, Any]:
    binding = {
        "is": "routingKey",
        "exchange": {"name": EXCHANGE_OUT, "type": "topic", "durable": True, "autoDelete": False},
        "bindingVersion": "0.3.0",
    }
    parameter = key.partition("{")[2].rstrip("}")
    return {
        "address": key,
        "parameters": {parameter: {"description": f"The {parameter} of routing.yaml"}},
        "messages": _message_refs(types),
        "bindings": {"amqp": binding},
    }


def _message_refs(types: list[str] | tuple[str, ...]) -> dict[str, Any]:
    return {_key(name): {"$ref": f"#/components/messages/{name}"} for name in types}


def _operation(action: str, key: str, channel: dict[str, Any]) -> dict[str, Any]:
    messages = [{"$ref": f"#/channels/{key}/messages/{name}"} for name in channel["messages"]]
    return {"action": action, "channel": {"$ref": f"#/channels/{key}"}, "messages": messages}


def _message(name: str, model: type[Frozen]) -> dict[str, Any]:
    event = {
        "allOf": [
            {"$ref": "./envelope.json"},
            {"properties": {"type": {"const": name}, "data": {"$ref": f"./{name}.json"}}},
        ]
    }
    return {
        "name": name,
        "title": model.__name__,
        "summary": (model.__doc__ or "").partition("\n")[0],
        "contentType": "application/cloudevents+json",
        "payload": {"schemaFormat": "application/schema+json;version=draft-2020-12", "schema": event},
    }


def _yaml(document: dict[str, Any]) -> str:
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.width = 110
    text = StringIO()
    yaml.dump(document, text)
    return text.getvalue()


if __name__ == "__main__":
    main()
