"""The files that the folder of a regime may hold, each with its model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from schemas.base import Closed
from schemas.regime.cases import RegimeCasesFile
from schemas.regime.consumers import ConsumersFile
from schemas.regime.duties import DutiesFile
from schemas.regime.lists import ListsFile
from schemas.regime.papers import PapersFile
from schemas.regime.scale import RegimeFile
from schemas.regime.supervision import SupervisionFile

FILES: Final[Mapping[str, type[Closed]]] = {
    "regime": RegimeFile,
    "lists": ListsFile,
    "supervision": SupervisionFile,
    "duties": DutiesFile,
    "papers": PapersFile,
    "consumers": ConsumersFile,
}
"""The models of the files by their names without `.yaml`; all but the first may be absent."""

CASES: Final[type[Closed]] = RegimeCasesFile
"""The model of the files in `cases/`, whatever their names."""
