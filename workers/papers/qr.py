"""QR codes (GB/T 18284) as pictures that print at any size."""

from __future__ import annotations

from io import BytesIO

import segno


def draw(link: str) -> str:
    """Return the code of a link as SVG: error correction M, with the quiet zone of four modules round it."""
    out = BytesIO()
    segno.make(link, error="m", micro=False).save(
        out, kind="svg", border=4, xmldecl=False, svgclass=None, lineclass=None
    )
    return out.getvalue().decode()
