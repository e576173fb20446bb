"""The errors of Xinglin: one root, permanent or transient by type.

A transient error is worth trying again with the same input; a permanent one is not. The message says what is
wrong, where, and what to do about it.
"""

from __future__ import annotations

from schemas.reasons import Reason


class XinglinError(Exception):
    """Something Xinglin was asked to do could not be done."""

    def __init__(self, message: str | None = None) -> None:
        """Take the message; without one the class's own description is it."""
        super().__init__(message or (type(self).__doc__ or "").strip())


class PermanentError(XinglinError):
    """The same input will fail again; a person has to change something first."""


class TransientError(XinglinError):
    """The same input may well succeed later; nothing was done."""


class OutOfStep(XinglinError):
    """What this program was started with holds no longer: nothing was done, and it has to stop and be started anew."""


class ClockWrong(TransientError):
    """The clock of this host is not to be trusted: nothing is decided until it is right."""


class ConfigurationError(PermanentError):
    """A setting, routing file or policy file cannot be used as it stands."""


class UnusableError(PermanentError):
    """A message cannot be used: it is parked under `reason` for a person to decide.

    `detail` says in English what was found and where; it never holds an ID number.
    """

    def __init__(self, reason: Reason, detail: str) -> None:
        """Keep the reason code apart from the text, so that the parking row can be searched by it."""
        super().__init__(f"{reason.value}: {detail}")
        self.reason = reason
        self.detail = detail
