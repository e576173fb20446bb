"""Why a row is held back instead of going out to a feed that would refuse it; with hints for the clerk."""

from __future__ import annotations

from typing import Self

from schemas.words import Tone, Worded, new_member


class HeldReason(Worded):
    """What the checks of a portal found in a row: the word, and under `hint` what to do about it.

    The codes are a public contract, as those of parked messages are.
    """

    hint: str

    def __new__(cls, code: str, word: str = "", hint: str = "") -> Self:
        """Make a member."""
        member = new_member(cls, code, word, Tone.ALARM)
        member.hint = hint
        return member

    MISSING = "missing", "必填项为空", "请来源单位补全该项后重新报送（修订版次加一）。"
    BLANK = "must_be_blank", "应为空", "按行政相对人类别该项应为空，请来源单位清空后重新报送。"
    TOO_LONG = "too_long", "超出长度", "内容超出平台允许的长度，请来源单位精简后重新报送。"
    UNLISTED = "unlisted", "取值不在目录中", "请按平台目录改写；不在目录中的写作“其他-…”并注明具体名称。"
    CODE = "not_unified", "不是统一社会信用代码", "请核对证照上的18位代码；主体只有旧代码的，请补录其统一社会信用代码。"
    NAME = "name_characters", "含特殊字符", "名称、姓名中有平台不接受的字符，请核对登记名称后重新报送。"
    DAY = "not_a_day", "不是日期", "请按决定书填写日期，写作 2026/01/05；长期的写作 2099/12/31。"
    FUTURE = "future", "日期晚于今天", "请核对决定日期；确属无误的，到期后自动报送。"
    ORDER = "order", "早于决定日期或者起始日期", "截止日期早于决定日期或者有效期自，请核对后重新报送。"
    PUBLICITY = (
        "publicity",
        "公示截止期不合规",
        "公示期已过，或者超过最长公示期，请核对决定日期和公示截止期。",
    )
    AMOUNT = "not_an_amount", "金额不合规", "金额以万元为单位，最多六位小数，请核对后重新报送。"
    FINE = "fine_missing", "处罚内容有罚没金额而金额项为零", "请按决定书填写罚没金额（万元）后重新报送。"
    GENERATION = (
        "not_in_generation",
        "该版标准无此项",
        "平台采用的版本没有许可状态，或者只能填身份证号，缺了该项含义会变。请改用2019年版报送，或由平台人工处理。",
    )
    UNSTATED = (
        "not_stated",
        "名单、等级缺该项",
        "认定文号取自列入所依据的唯一一份认定文书，荣誉等级取自制度的名单，机关名称取自路由。补全后自动报送；没有的由平台人工填报。",
    )
    NO_GRADE = (
        "no_equivalent",
        "等级在平台目录中没有对应",
        "平台只收 A级 至 E级。请主管部门确认对应哪一级，写入制度的 rated 后自动报送；没有对应的由平台人工处理。",
    )
    NUMBER = "unmasked", "证件号码未脱敏", "证件号码未遮盖，已停止报送。请通知维护人员。"
