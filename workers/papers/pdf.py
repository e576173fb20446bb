"""Setting papers by Typst: PDF/A-2b, the same bytes for the same data, and the parts of the paper.

Data never become markup: they reach the template as strings of one JSON document.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import typst

from credit.identity import mask_text
from schemas.errors import PermanentError
from schemas.papers.common import Paper
from workers.papers import fonts, parts, qr
from workers.papers.parts import Part
from workers.papers.rules import Order

STANDARD: Final = "a-2b"
"""PDF/A-2b (ISO 19005-2): to be kept, fonts within, and no character without a shape."""
_MAIN = Path("papers/main.typ")


class PaperRefused(PermanentError):
    """A paper cannot be set: a character that no font has, or a template with a mistake."""


class Press:
    """Typst with its fonts and templates, for any number of papers; not for several threads at once."""

    def __init__(self, policies: Path, own_fonts: Path | None = None) -> None:
        """Open the folder of policies, which templates cannot leave.

        Raises:
            FontsMissing: there are not all fonts.
        """
        found = fonts.find(own_fonts)
        held = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=list(found))
        if missing := fonts.FAMILIES.difference(held.families()):
            raise fonts.FontsMissing(missing)
        root = policies.absolute()
        self._compiler = typst.Compiler(root / _MAIN, root=root, font_paths=held, ignore_system_fonts=True)

    def print(self, order: Order, paper: Paper) -> bytes:
        """Return a paper as PDF.

        Raises:
            PaperRefused: a character has no shape in any font, or the template has a mistake.
        """
        try:
            made = self._compiler.compile(
                format="pdf",
                pdf_standards=[STANDARD],
                sys_inputs=_inputs(order, paper),
                timestamp=datetime(paper.issued_on.year, paper.issued_on.month, paper.issued_on.day, tzinfo=UTC),
            )
        except typst.TypstError as error:
            raise _refusal(order, error) from error
        assert isinstance(made, bytes)
        return made

    def take_apart(self, order: Order, paper: Paper) -> tuple[Part, ...]:
        """Return the parts of a paper, in their order.

        Raises:
            PaperRefused: as `print`.
        """
        self.print(order, paper)
        return parts.read(self._compiler.query("<part>", field="value"))


def _inputs(order: Order, paper: Paper) -> dict[str, str]:
    data = paper.model_dump(mode="json")
    data |= {
        "title": data["title"] or order.rule.title,
        "note": data.get("note") or order.rule.note,
        "office": order.office.model_dump(mode="json"),
    }
    return {
        "template": f"/{order.rule.template}",
        "data": json.dumps(_prepare(data), ensure_ascii=False, sort_keys=True),
    }


def _prepare(value: Any) -> Any:
    """Mask numbers of persons wherever they stand, and draw the code of each link beside it."""
    match value:
        case dict():
            prepared = {name: _prepare(item) for name, item in value.items()}
            return prepared | ({"qr": qr.draw(value["link"])} if "link" in value else {})
        case list():
            return [_prepare(item) for item in value]
        case str():
            return mask_text(value)
    return value


def _refusal(order: Order, error: typst.TypstError) -> PaperRefused:
    refused = PaperRefused(f"{order.rule.template}: {error.message}{''.join(f'; {hint}' for hint in error.hints)}")
    refused.add_note(f"《{order.rule.title}》未能排印：模板有误，或者所有字体中都没有某个字符。")
    return refused
