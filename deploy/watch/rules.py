"""The files of rules, as Prometheus reads them."""

from __future__ import annotations

from collections.abc import Iterable
from io import StringIO
from typing import Any

from ruamel.yaml import YAML

from deploy.watch.alerts import GROUPS, Alert
from deploy.watch.recording import PROMISES, QUEUES, Recording

_HEAD = "# Written by `make dashboards` from deploy/watch; an edit belongs there.\n"


def write_alerts() -> str:
    """Return the file of alerts."""
    return _write({name: map(_alert, alerts) for name, alerts in GROUPS.items()})


def write_recordings() -> str:
    """Return the file of what is worked out beforehand."""
    return _write({"xinglin-queues": map(_recording, QUEUES), "xinglin-promises": map(_recording, PROMISES)})


def _alert(alert: Alert) -> dict[str, Any]:
    return {
        "alert": alert.title,
        "expr": alert.expr,
        "for": alert.hold,
        "labels": {"alert": alert.kind, "severity": str(alert.severity)},
        "annotations": {
            "summary": alert.summary,
            "description": alert.description,
            "runbook": f"docs/operate.md#alert-{alert.kind}",
        },
    }


def _recording(recording: Recording) -> dict[str, Any]:
    return {"record": recording.record, "expr": recording.expr}


def _write(groups: dict[str, Iterable[dict[str, Any]]]) -> str:
    yaml = YAML()
    yaml.width = 10_000  # an expression stays on its line
    yaml.indent(mapping=2, sequence=4, offset=2)
    text = StringIO(_HEAD)
    text.seek(len(_HEAD))
    yaml.dump({"groups": [{"name": name, "rules": list(rules)} for name, rules in groups.items()]}, text)
    return text.getvalue()
