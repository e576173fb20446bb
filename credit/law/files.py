"""Opening the files that people write."""

from __future__ import annotations

from importlib.resources.abc import Traversable
from pathlib import Path

from schemas import documents
from schemas.documents import Document, M
from schemas.errors import ConfigurationError


def read(file: Path | Traversable, model: type[M]) -> Document[M]:
    """Read a YAML file into a model; see `schemas.documents.read`.

    Raises:
        ConfigurationError: the file cannot be opened, or has mistakes: each is named with its line.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file}: cannot be read: {error}") from error
    return documents.read(text, str(file), model)
