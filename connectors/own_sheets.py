"""A template of our own for each message type, made from its model: no column is declared a second time."""

from __future__ import annotations

from collections.abc import Mapping

from schemas.sheets import REVISION, Context, Stated, Template
from schemas.statement import MessageType


def make_template(message_type: MessageType) -> Template:
    """Return the template of a message type; it has the name of the type."""

    def read(_values: Mapping[str, str], _context: Context) -> Stated:
        return Stated(message_type.type, {})

    title = message_type.model.model_config.get("title") or message_type.type
    return Template(message_type.type, title, message_type.type, (REVISION,), read)
