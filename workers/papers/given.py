"""The data of papers as somebody gives them: a JSON file with one paper, or a list of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from credit.identity import mask_text
from schemas import documents
from schemas.documents import Place
from schemas.errors import PermanentError
from schemas.papers.common import Paper


class DataRefused(PermanentError):
    """The data of a paper cannot be used as they stand."""


def explain(error: ValidationError, place: Place = ()) -> list[str]:
    """Return what is wrong with data, each with its place, and without what was given: it may be anything."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [mask_text(f"{documents.spell((*place, *each['loc']))}: {each['msg']}") for each in found]


def read(file: Path, model: type[Paper]) -> list[Paper]:
    """Read the papers of a file.

    Raises:
        DataRefused: it is no JSON, or something in it is not as the model says; each mistake is named, no value of it.
    """
    try:
        content = json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise DataRefused(f"{file}: cannot be read as JSON: {mask_text(str(error))}") from error
    papers = content if isinstance(content, list) else [content]
    problems: list[str] = []
    made = list(_make(papers, model, problems))
    if problems:
        refused = DataRefused("\n".join(f"{file}: {problem}" for problem in problems))
        refused.add_note("文书数据有误，未印制任何文书：")
        raise refused
    return made


def _make(papers: list[Any], model: type[Paper], problems: list[str]) -> Iterator[Paper]:
    for index, paper in enumerate(papers):
        try:
            yield model.model_validate(paper)
        except ValidationError as error:
            problems += explain(error, (index,))
