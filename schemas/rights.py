"""Roles of those who work with Xinglin, and the rights that roles bring.

A role or a right is added here, with its word; `credit/access/roles.py` says which role brings which rights.
"""

from __future__ import annotations

from schemas.words import Tone, Worded


class Role(Worded):
    """What somebody is appointed for.

    The last three are the administrators that GB/T 22239 keeps apart (三员分立): nobody holds two of them.
    """

    CLERK = "clerk", "经办", Tone.PLAIN
    REVIEWER = "reviewer", "复核", Tone.PLAIN
    OPERATOR = "operator", "运维", Tone.PLAIN
    AUDITOR = "auditor", "审计管理员", Tone.GRAVE
    SYSTEM = "system", "系统管理员", Tone.GRAVE
    SECURITY = "security", "安全管理员", Tone.GRAVE


class Right(Worded):
    """What a role allows."""

    LOOK = "look", "查询主体和记录", Tone.PLAIN
    NUMBERS = "numbers", "查看完整证件号码", Tone.GRAVE
    SEALED = "sealed", "查看封存记录", Tone.GRAVE
    ENTER = "enter", "录入", Tone.PLAIN
    UPLOAD = "upload", "导入表格", Tone.PLAIN
    MEND = "mend", "修正挂起报文", Tone.PLAIN
    REPLAY = "replay", "重放挂起报文", Tone.PLAIN
    DISCARD = "discard", "作废挂起报文", Tone.GRAVE
    DECIDE = "decide", "认定身份和争议", Tone.PLAIN
    REVIEW = "review", "复核等级下降", Tone.PLAIN
    CLOSE = "close", "年度评定", Tone.GRAVE
    CONFIRM = "confirm", "复核他人提交的事项", Tone.PLAIN
    OPERATE = "operate", "查看队列和进程", Tone.PLAIN
    POLICY = "policy", "查看政策和推演", Tone.PLAIN
    ACCOUNTS = "accounts", "管理账号", Tone.GRAVE
    GRANT = "grant", "授权", Tone.GRAVE
    LOG = "log", "查看操作日志", Tone.GRAVE
