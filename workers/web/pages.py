"""Pages made of templates: every text is shown as it is, and neither markup nor a letter that does not print acts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from schemas.words import Worded
from workers.letters import spell
from workers.show.style import day, moment

_FOREVER = "public, max-age=31536000, immutable"


def environment(package: str) -> Environment:
    """Return the templates of a package."""
    made = Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_show,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(asset=asset, query=urlencode)
    made.filters.update(day=day, moment=moment, word=_word)
    return made


def _show(value: Any) -> Any:
    """Return a value as a page shows it: of others' text, what does not print is named."""
    if value is None:
        return ""
    if isinstance(value, Markup):
        return value
    if isinstance(value, Worded):
        return value.word
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    return spell(value) if isinstance(value, str) else value


def _word(code: Worded) -> Markup:
    """Return the word of a code in its tone."""
    return Markup('<span class="tone-{}">{}</span>').format(code.tone.name.lower(), code.word)


def asset(name: str) -> str:
    """Return where browsers fetch a file: a changed file has another address, so that they may keep it for good."""
    return f"/static/{name}?v={_digest(name)}"


@cache
def _digest(name: str) -> str:
    return hashlib.sha256(files("workers.web").joinpath("static", name).read_bytes()).hexdigest()[:12]


class _Assets(StaticFiles):
    """Files that browsers may keep."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        answer = await super().get_response(path, scope)
        if answer.status_code == 200:
            answer.headers["Cache-Control"] = _FOREVER
        return answer


def assets() -> Mount:
    """Return the place where the files are."""
    return Mount("/static", _Assets(directory=Path(str(files("workers.web"))) / "static"), name="static")


def with_query(path: str, values: Mapping[str, str]) -> str:
    """Return an address with what was asked; empty values are left out."""
    said = {name: value for name, value in values.items() if value}
    return f"{path}?{urlencode(said)}" if said else path
