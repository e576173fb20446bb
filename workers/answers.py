"""The folder in which a platform lays its answers: a watched one, each row of whose files is an answer of its feed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from schemas.errors import ConfigurationError, TransientError
from workers.files.folder import Folder
from workers.runtime import Runtime


@dataclass(slots=True)
class Answers:
    """The folder with the answers of one feed, from when it is there on: it may be a share that is away."""

    feed: str
    place: Path
    opened: Runtime
    sender: str
    _folder: Folder | None = field(default=None, init=False)

    def step(self, now: float) -> int:
        """Look once at the folder and do what can be done; return how many files are on their way.

        `now` is a moment of a clock that never goes back.

        Raises:
            TransientError: the folder, the broker or the database cannot be reached; the next step goes on.
        """
        if self._folder is None:
            try:
                self._folder = Folder(self.opened, self.place, self.sender, self.feed)
            except ConfigurationError as error:
                raise TransientError(f"answers of {self.feed} cannot be read: {error}") from error
        return self._folder.step(now)

    def close(self) -> None:
        """Leave what is on its way to who starts next."""
        if self._folder is not None:
            self._folder.close()
