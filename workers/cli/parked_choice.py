"""Which parked messages a command means: one by its number, or all that fit what is said of them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from credit.store.parked import Choice
from schemas.reasons import Reason
from workers.cli.choices import choose
from workers.moments import read_moment

Number = Annotated[int, typer.Argument(metavar="ID", help="列表中的编号。", show_default=False)]
OneOrMany = Annotated[
    int | None,
    typer.Argument(metavar="[ID]", help="列表中的编号；不给编号时，用下列条件选定多份。", show_default=False),
]
OneReason = Annotated[str | None, typer.Option("--reason", help="只限因该原因代码挂起的报文。", show_default=False)]
Source = Annotated[str | None, typer.Option("--source", help="只限该来源的报文，如 /inspection。", show_default=False)]
Sender = Annotated[str | None, typer.Option("--sender", help="只限该发送单位（代码）的报文。", show_default=False)]
Since = Annotated[
    str | None,
    typer.Option("--since", help="只限此日（时）起挂起的，如 2026-06-01T14:30。", show_default=False),
]
Until = Annotated[
    str | None,
    typer.Option("--until", help="只限此时之前挂起的；只写日期时，含当日。", show_default=False),
]


def read_choice(
    *, reason: str | None, source: str | None, sender: str | None, since: str | None, until: str | None
) -> Choice:
    """Return what the options of a command say.

    Raises:
        BadParameter: a reason that there is none of, or what is no day and no moment.
    """
    chosen = choose("--reason", reason, [each.value for each in Reason])
    return Choice(
        reason=Reason(chosen) if chosen else None,
        source=source,
        sender=sender,
        since=_read_moment("--since", since),
        until=_read_moment("--until", until, whole_days=1),
    )


def choose_one_or_many(number: int | None, choice: Choice) -> Choice:
    """Return which open messages are meant by a number or by what is said of many.

    Raises:
        BadParameter: neither is given, or both are.
    """
    if (number is None) == (choice == Choice()):
        raise typer.BadParameter("请给出一个编号，或至少一项条件（--reason、--source 等），不能两者都给。")
    return choice if number is None else Choice(numbers=frozenset({number}))


def _read_moment(option: str, text: str | None, *, whole_days: int = 0) -> datetime | None:
    """Return a moment of Asia/Shanghai; of a day alone its beginning, so many days later."""
    if text is None:
        return None
    try:
        return read_moment(text, whole_days=whole_days)
    except ValueError:
        raise typer.BadParameter(f"'{text}' 不是日期或时间。", param_hint=f"'{option}'") from None
