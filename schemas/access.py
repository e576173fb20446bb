"""Words of accounts: what the log keeps, what needs a second person, and where a proposal stands."""

from __future__ import annotations

from schemas.words import Tone, Worded


class Logged(Worded):
    """What an entry of the log says that somebody did."""

    PURPOSE = "purpose", "说明用途", Tone.PLAIN
    LOOK = "look", "查看主体", Tone.PLAIN
    FETCH = "fetch", "领取本人信用报告", Tone.PLAIN
    EXPORT = "export", "导出", Tone.GRAVE
    DECIDE = "decide", "办理", Tone.PLAIN
    PROPOSE = "propose", "提交复核", Tone.WAITING
    CONFIRM = "confirm", "复核同意", Tone.GOOD
    REFUSE = "refuse", "复核退回", Tone.PAST
    LOGIN = "login", "登录", Tone.GOOD
    LOGIN_FAILED = "login-failed", "登录失败", Tone.ALARM
    LOGOUT = "logout", "退出", Tone.PAST
    SESSION = "session", "注销会话", Tone.WAITING
    PASSWORD = "password", "变更密码", Tone.WAITING
    SECOND = "second", "变更动态口令", Tone.WAITING
    ACCOUNT = "account", "变更账号", Tone.GRAVE
    GRANT = "grant", "变更授权", Tone.GRAVE


class FourEyes(Worded):
    """What takes effect only when a second person has confirmed it."""

    WITHDRAWAL = "withdrawal", "撤回记录", Tone.GRAVE
    REPAIR = "repair", "信用修复", Tone.GRAVE
    OBJECTION = "objection", "异议成立", Tone.GRAVE
    REVIEW = "review", "等级下降核实", Tone.GRAVE
    LISTING = "listing", "列入名单", Tone.GRAVE
    DISCARD = "discard", "作废挂起报文", Tone.GRAVE


class ProposalState(Worded):
    """Where a proposal stands. Nothing is done before it is confirmed; `DONE` says that it was carried out since."""

    OPEN = "open", "待复核", Tone.WAITING
    CONFIRMED = "confirmed", "已同意，待执行", Tone.BUSY
    DONE = "done", "已执行", Tone.GOOD
    REFUSED = "refused", "已退回", Tone.PAST
    EXPIRED = "expired", "已过期", Tone.PAST
