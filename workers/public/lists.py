"""What of many institutions is shown: the way in, the search, and the lists that are published."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from credit.store.showing import reading as projection
from credit.store.showing.reading import PAGE, Place
from schemas.regime.lists import ListKind
from workers.public.forms import Said
from workers.public.front import MISSING, TOO_OFTEN, Front, find_whom, read_around
from workers.web.pages import with_query


class Lists:
    """Shows lists, page by page."""

    def __init__(self, front: Front) -> None:
        self._front = front

    def home(self, _request: Request, _said: Said) -> Response:
        """Show the way in."""
        with self._front.reading() as connection:
            around = read_around(connection)
            scales = projection.read_scales(connection)
        return self._front.render("home.html", {"around": around, "scales": scales})

    def search(self, request: Request, _said: Said) -> Response:
        """Show the institutions of a name and a grade."""
        if not self._front.take("search", find_whom(request)):
            raise TOO_OFTEN
        name, grade = _read(request, "name", 100), _read(request, "grade", 200)
        with self._front.reading() as connection:
            around = read_around(connection)
            scales = projection.read_scales(connection)
            found = projection.find_institutions(connection, name, grade, _read_place(request))
        following = with_query("/search", {"name": name, "grade": grade, "after": _write_place(found, _place_of)})
        words = {each.grade: each.word for each in scales}
        values = {"scales": scales, "found": found[:PAGE], "words": words, "name": name, "grade": grade}
        following = following if len(found) > PAGE else ""
        return self._front.render("search.html", {**values, "around": around, "next": following})

    def show_all(self, _request: Request, _said: Said) -> Response:
        """Show which lists there are."""
        with self._front.reading() as connection:
            around = read_around(connection)
            lists = projection.read_lists(connection)
        return self._front.render("lists.html", {"around": around, "lists": lists, "kinds": ListKind})

    def show(self, request: Request, _said: Said) -> Response:
        """Show who is on a list."""
        key = f"{request.path_params['regime']}/{request.path_params['name']}"
        with self._front.reading() as connection:
            around = read_around(connection)
            mine = next((each for each in projection.read_lists(connection) if each.list_key == key), None)
            if mine is None:
                raise MISSING
            found = projection.find_listed(connection, key, self._front.today(), _read_place(request))
        after = _write_place(found, lambda entry: Place(entry.row.name, entry.row.subject))
        following = with_query(f"/lists/{key}", {"after": after}) if len(found) > PAGE else ""
        values = {"around": around, "list": mine, "found": found[:PAGE], "next": following}
        return self._front.render("list.html", values)


def _read(request: Request, name: str, most: int) -> str:
    """Return what the address says after the question mark; databases refuse some letters that do not print."""
    return "".join(filter(str.isprintable, request.query_params.get(name, "")[:most]))


def _read_place(request: Request) -> Place | None:
    name, mark, code = _read(request, "after", 400).rpartition("~")
    return Place(name, code) if mark else None


def _place_of(row: Any) -> Place:
    return Place(row.name, row.code)


def _write_place(found: list[Any], place_of: Callable[[Any], Place]) -> str:
    return "~".join(place_of(found[PAGE - 1])) if len(found) > PAGE else ""
