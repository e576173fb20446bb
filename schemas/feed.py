"""Where a row at a feed such as Credit China 信用中国 can stand, and what can be done with it there."""

from __future__ import annotations

from schemas.words import Tone, Worded


class Operation(Worded):
    """What a feed is asked to do with a row."""

    PUBLISH = "publish", "公示"
    UPDATE = "update", "更新"
    WITHDRAW = "withdraw", "撤下"


class FeedState(Worded):
    """Where the last operation of a row stands."""

    PENDING = "pending", "待报送", Tone.WAITING
    SENT = "sent", "已报送", Tone.BUSY
    ACCEPTED = "accepted", "已接收", Tone.GOOD
    REFUSED = "refused", "被退回", Tone.ALARM
