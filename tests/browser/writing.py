"""What somebody writes into the forms of the console, who walks through all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyotp
from playwright.sync_api import FilePayload, Locator

from tests.browser.town import ROOT, Landmarks
from workers.demo.staff import Login

Said = str | FilePayload | Callable[[Locator], str]
"""A text, a file, or what depends on the form that it is written into."""

NEW_PASSWORD = "杏林-walks-on-2026"
_CONTROLS = """form => [...form.elements].filter(one => one.name && one.type !== "hidden" && one.type !== "submit")
    .map(one => ({
        name: one.name,
        kind: one.type,
        empty: !one.value,
        required: one.required,
        title: one.labels.length ? one.labels[0].textContent : "",
        first: one.tagName === "SELECT" ? [...one.options].map(each => each.value).find(each => each) : null,
    }))"""
_DECIDED = "data.CF_JDRQ"
"""The item of a penalty that says when it was decided."""
_ANYWHERE: Mapping[str, Said] = {
    "why": "经核对无误",
    "number": "信报〔2026〕8号",
    "purpose": "资格审查",
    "asked_by": "舞钢市政务服务局",
    "q": "诊所",
}


class Writer:
    """Fills forms in: what a place asks for in particular, else what is written anywhere, else the first choice."""

    def __init__(self, town: Landmarks, login: Login) -> None:
        self._places = _write(town, login)

    def fill(self, form: Locator, place: str) -> None:
        """Fill in what has to be said in a form of a place."""
        said = self._places.get(place, {})
        for each in form.evaluate(_CONTROLS):
            self._put(form.locator(f"[name='{each['name']}']").last, each, said, place)

    def _put(self, control: Locator, each: Mapping[str, Any], said: Mapping[str, Said], place: str) -> None:
        name, kind, needed = each["name"], each["kind"], each["required"] and each["empty"]
        own = said.get(name) or next((text for item, text in said.items() if f"（{item}）" in each["title"]), None)
        if kind == "radio":
            control.check()
        elif kind == "select-one" and (own or needed):
            control.select_option(str(own or each["first"]))
        elif kind != "select-one" and (own or needed):
            text = own or _ANYWHERE.get(name)
            assert text is not None, f"nobody knows what to write as {name!r} of a form on {place}"
            if kind == "file":
                assert isinstance(text, dict)
                control.set_input_files(text)
            else:
                control.fill(text(control) if callable(text) else str(text))


def _write(town: Landmarks, login: Login) -> Mapping[str, Mapping[str, Said]]:
    return {
        "/assess/{regime}/{year}": {"confirm": str(town.year - 1)},
        "/contacts": {"number": town.complaint},
        "/accounts/-new": {"name": "newcomer", "person": "新来的"},
        "/disputes": {"due": town.due},
        "/log/of": {"key": town.institution},
        "/identity": {"before": town.old, "after": town.new, "key": town.institution, "value": "PDY0004814104X"},
        "/proposals/{proposal}": {"why": "经核对无误"},
        "/me/password": {"old": login.password, "new": NEW_PASSWORD, "again": NEW_PASSWORD},
        "/me/second": {"code": _read_code, "password": login.password},
        "/parked/{number:int}/mend": {_DECIDED: town.day},
        "/parked/many/mend": {"path": _DECIDED, "value": town.day},
        "/subjects/{key}/own": {"proof": "营业执照"},
        "/subjects/{key}/again/{record:path}": {"revision": "9"},
        "/entry/{type}": {**_COMPLAINT, "occurred_on": town.day, "party.uscc": town.institution},
        "/upload": {"file": _file(ROOT / "tests/unit/connectors/golden/penalty-v2019.csv")},
        "/policies/what-if": {"file": _change(ROOT / "policies/regimes/wugang/regime.yaml")},
    }


_COMPLAINT: Mapping[str, Said] = {
    "document_no": "舞卫诉〔2026〕801号",
    "party.kind": "organisation",
    "party.name": "第一医院",
    "channel": "hotline",
    "matter": "fee",
    "rewarded": "no",
    "state": "received",
    "content": "多收了挂号费",
}


def _read_code(control: Locator) -> str:
    """What a telephone shows that has the secret of the page."""
    return pyotp.TOTP(control.page.inner_text("main code")).now()


def _file(path: Path) -> FilePayload:
    return {"name": path.name, "mimeType": "text/csv", "buffer": path.read_bytes()}


def _change(path: Path) -> FilePayload:
    """A regime under which more is asked of the best."""
    changed = path.read_text().replace('at_least: "90"', 'at_least: "96"')
    return {"name": path.name, "mimeType": "application/yaml", "buffer": changed.encode()}
