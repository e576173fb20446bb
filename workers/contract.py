"""The exchange contract of this installation: a JSON Schema for every type, and the AsyncAPI document over them.

The types are those of the connectors that are installed, third parties' too, and those that leave; the queues that
the types come by follow from the bindings of routing.yaml. `xinglin contract schemas/generated` writes the files that
are kept in the repository.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from connectors.registry import Registry
from credit.routing.routes import Routes
from schemas.envelope import Event
from schemas.outgoing import OUTGOING, ROUTING_KEYS
from schemas.routing import Queue
from schemas.statement import Model

VERSION = "1.0.0"
"""Version of the exchange contract; each type has its own at its end."""
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def render(registry: Registry, routes: Routes) -> dict[str, str]:
    """Return the text of every file of the contract by its name.

    There are a schema for the `data` of each type, `envelope.json` for what is around it, and `asyncapi.yaml`.
    """
    models = registry.models() | OUTGOING
    schemas = {"envelope.json": _json_schema("envelope", Event)}
    schemas |= {f"{name}.json": _json_schema(name, model) for name, model in models.items()}
    texts = {name: json.dumps(schema, ensure_ascii=False, indent=2) + "\n" for name, schema in schemas.items()}
    return texts | {"asyncapi.yaml": _yaml(_asyncapi(models, _arrivals(registry, routes), routes))}


def unrouted(registry: Registry, routes: Routes) -> list[str]:
    """Return the types that are read and come by no queue: each lacks a binding in routing.yaml."""
    return [name for name in registry.entries if routes.gate.queue_for(name) is None]


def write(folder: Path, texts: dict[str, str]) -> list[str]:
    """Write the files into a folder, made where there is none; return the schemas there of types that are gone."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return sorted({path.name for path in folder.glob("*.v*.json")} - texts.keys())


def _arrivals(registry: Registry, routes: Routes) -> dict[Queue, list[str]]:
    """Return the queues that messages come by, each with the types that it takes."""
    queues = [queue for queue in routes.topology.queues if queue.name in routes.gate.admissions]
    return {queue: [name for name in registry.entries if routes.gate.queue_for(name) == queue.name] for queue in queues}


def _json_schema(name: str, model: Model) -> dict[str, Any]:
    schema = model.model_json_schema(by_alias=True)
    for written in ("time_as_written", "sender_as_written"):
        schema.get("properties", {}).pop(written, None)
    return {"$schema": DIALECT, "$id": f"urn:xinglin:schema:{name}", **schema}


def _asyncapi(models: dict[str, Model], arrivals: dict[Queue, list[str]], routes: Routes) -> dict[str, Any]:
    queue_channels = {_key(queue.name): _queue_channel(queue, types) for queue, types in arrivals.items()}
    key_channels = {_key(key): _key_channel(key, types, routes.exchange_out) for key, types in ROUTING_KEYS.items()}
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
        "components": {"messages": {name: _message(name, model) for name, model in models.items()}},
    }


def _key(address: str) -> str:
    return address.replace(".", "_").replace("-", "_").replace("{", "").replace("}", "")


def _queue_channel(queue: Queue, types: list[str]) -> dict[str, Any]:
    binding = {
        "is": "queue",
        "queue": {"name": queue.name, "durable": True, "exclusive": False, "autoDelete": False},
        "bindingVersion": "0.3.0",
    }
    return {
        "address": queue.name,
        "description": f"Bound to the topic exchange {queue.exchange} by {', '.join(queue.bindings)}.",
        "messages": _message_refs(types),
        "bindings": {"amqp": binding},
    }


def _key_channel(key: str, types: Sequence[str], exchange: str) -> dict[str, Any]:
    binding = {
        "is": "routingKey",
        "exchange": {"name": exchange, "type": "topic", "durable": True, "autoDelete": False},
        "bindingVersion": "0.3.0",
    }
    parameter = key.partition("{")[2].rstrip("}")
    return {
        "address": key,
        "parameters": {parameter: {"description": f"The {parameter} of routing.yaml"}},
        "messages": _message_refs(types),
        "bindings": {"amqp": binding},
    }


def _message_refs(types: Sequence[str]) -> dict[str, Any]:
    return {_key(name): {"$ref": f"#/components/messages/{name}"} for name in types}


def _operation(action: str, key: str, channel: dict[str, Any]) -> dict[str, Any]:
    messages = [{"$ref": f"#/channels/{key}/messages/{name}"} for name in channel["messages"]]
    return {"action": action, "channel": {"$ref": f"#/channels/{key}"}, "messages": messages}


def _message(name: str, model: Model) -> dict[str, Any]:
    event = {
        "allOf": [
            {"$ref": "./envelope.json"},
            {"properties": {"type": {"const": name}, "data": {"$ref": f"./{name}.json"}}},
        ]
    }
    return {
        "name": name,
        "title": model.model_config.get("title") or model.__name__,
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
