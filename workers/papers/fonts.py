"""Finding the fonts that papers are set in."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from schemas.errors import ConfigurationError

NEEDED = (
    "NotoSerifCJK-Regular.ttc",
    "NotoSerifCJK-Bold.ttc",
    "NotoSansCJK-Regular.ttc",
    "NotoSansCJK-Bold.ttc",
    "FandolFang-Regular.otf",
    "FandolKai-Regular.otf",
    "HanaMinB.ttf",
)
"""The files that `deploy/setup/fonts.sh` brings; `policies/papers/look.typ` names what is in them."""
FAMILIES = frozenset({"Noto Serif CJK SC", "Noto Sans CJK SC", "FandolFang R", "FandolKai", "HanaMinB"})
"""What look.typ calls them. Typst sets an empty page, without a word, where it has no font at all."""


class FontsMissing(ConfigurationError):
    """A paper cannot be set without its fonts."""

    def __init__(self, missing: Iterable[str]) -> None:
        """Name the files or families that were not found, and how they come."""
        missing = sorted(missing)
        super().__init__(f"fonts not found: {', '.join(missing)}; run deploy/setup/fonts.sh, or put them into a folder")
        self.add_note(
            f"缺少印制文书所需的字体：{'、'.join(missing)}。请执行 deploy/setup/fonts.sh 安装，"
            f"或者将字体文件放入 {standard()[0]}。"
        )


def find(own: Path | None = None) -> tuple[Path, ...]:
    """Return the folders with the fonts to use: the authority's own first, then where those that are needed were found.

    Raises:
        FontsMissing: one that is needed is nowhere.
        ConfigurationError: the authority's own is no folder.
    """
    if own is not None and not own.is_dir():
        raise ConfigurationError(
            f"XINGLIN_FONTS is {own}, which is no folder: name the one with the fonts, or unset it"
        )
    places = {name: next((each for each in standard() if (each / name).is_file()), None) for name in NEEDED}
    if missing := [name for name, place in places.items() if place is None]:
        raise FontsMissing(missing)
    # A dictionary keeps the order, and each folder once.
    return tuple(dict.fromkeys(place for place in (own, *places.values()) if place is not None))


def standard() -> tuple[Path, ...]:
    """Return where setup and Debian's packages put fonts; the machine's before the user's."""
    return (
        Path("/usr/local/share/fonts/xinglin"),
        Path("~/.local/share/fonts/xinglin").expanduser(),
        Path("/usr/share/fonts/opentype/noto"),
        Path("/usr/share/fonts/truetype/hanazono"),
        Path("/usr/share/texlive/texmf-dist/fonts/opentype/public/fandol"),
    )
