"""Why a message is parked: stable codes for machines, hints in Chinese for the clerk who decides."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """The reason codes. They are a public contract: dashboards and clerks' procedures key on them."""

    JSON_INVALID = "json.invalid"
    JSON_NOT_UTF8 = "json.not_utf8"
    JSON_DUPLICATE_KEY = "json.duplicate_key"
    JSON_NOT_A_NUMBER = "json.not_a_number"
    JSON_TOO_DEEP = "json.too_deep"
    MESSAGE_TOO_LARGE = "message.too_large"
    MESSAGE_ID_REUSED = "message.id_reused"
    ENVELOPE_INVALID = "envelope.invalid"
    TYPE_UNKNOWN = "type.unknown"
    TYPE_VERSION = "type.version"
    ITEM_MISSING = "item.missing"
    ITEM_INVALID = "item.invalid"
    ITEM_CONDITIONAL = "item.conditional"
    NUMBER_FILLER = "number.filler"
    ITEM_EXCLUDED = "item.must_be_blank"
    NUMBER_TOO_LARGE = "item.number_too_large"
    TEXT_FORBIDDEN = "text.forbidden_character"
    DATE_INVALID = "date.invalid"
    DATE_FUTURE = "date.future"
    DATE_ORDER = "date.order"
    FINE_IMPLAUSIBLE = "fine.implausible"
    SUMMARY_IMPLAUSIBLE = "summary.implausible"
    REVISION_IMPLAUSIBLE = "revision.implausible"
    TIME_IMPLAUSIBLE = "time.implausible"
    SENDER_UNKNOWN = "sender.unknown"
    SENDER_UNPROVEN = "sender.unproven"
    ORGAN_FOREIGN = "sender.foreign_organ"
    RECORD_FOREIGN = "sender.foreign_record"
    SOURCE_WRONG = "source.wrong_queue"
    SIGNATURE_MISSING = "signature.missing"
    SIGNATURE_INVALID = "signature.invalid"
    USCC_CHECK = "uscc.check_digit"
    USCC_PLACEHOLDER = "uscc.placeholder"
    PERSON_ID_CHECK = "person_id.check_digit"
    PERSON_ID_FORM = "person_id.form"
    ID_WRONG_COLUMN = "identity.wrong_column"
    ID_MISSING = "identity.missing"
    ID_UNRESOLVED = "identity.unresolved"
    ID_AMBIGUOUS = "identity.ambiguous"
    NAME_MISMATCH = "identity.name_mismatch"
    RECEIPT_UNKNOWN = "receipt.unknown_notice"
    RECEIPT_AGENCY = "receipt.wrong_agency"
    RECEIPT_NOT_LIFTED = "receipt.not_lifted"
    RECEIPT_TIME = "receipt.implausible_time"
    RECEIPT_MEASURE = "receipt.unknown_measure"
    RECEIPT_CONTRADICTION = "receipt.contradiction"
    FEED_ROW_UNKNOWN = "feed.unknown_row"
    FEED_NUMBER_UNKNOWN = "feed.unknown_number"
    FEED_NUMBER_AMBIGUOUS = "feed.ambiguous_number"
    FEED_NUMBER_OTHER = "feed.other_number"
    INTERNAL = "internal.error"


OF_ROUTES = frozenset(
    {
        Reason.TYPE_UNKNOWN,
        Reason.TYPE_VERSION,
        Reason.SENDER_UNKNOWN,
        Reason.SENDER_UNPROVEN,
        Reason.ORGAN_FOREIGN,
        Reason.RECORD_FOREIGN,
        Reason.SOURCE_WRONG,
        Reason.SIGNATURE_MISSING,
        Reason.SIGNATURE_INVALID,
    }
)
"""The reasons that are gone when routes or connectors are put right: then the source need only repeat the message."""


AT_THE_GATE = (
    Reason.TYPE_UNKNOWN,
    Reason.SOURCE_WRONG,
    Reason.SENDER_UNKNOWN,
    Reason.SIGNATURE_MISSING,
    Reason.SIGNATURE_INVALID,
    Reason.SENDER_UNPROVEN,
)
"""The reasons for which a message is not let in."""

HINTS: dict[Reason, str] = {
    Reason.JSON_INVALID: "报文不是合法的 JSON。请来源单位重新发送，或修正后重放。",
    Reason.JSON_NOT_UTF8: "报文不是 UTF-8 编码。请来源单位改用 UTF-8 重新发送。",
    Reason.JSON_DUPLICATE_KEY: "同一对象中有重复的键，无法判断以哪一个为准。请核实后修正。",
    Reason.JSON_NOT_A_NUMBER: "数值为 NaN 或无穷大。请核实原始数值后修正。",
    Reason.JSON_TOO_DEEP: "JSON 嵌套层数过深，疑为错误或攻击报文。",
    Reason.MESSAGE_TOO_LARGE: "报文超过 1 MiB。请来源单位拆分后重新发送。",
    Reason.MESSAGE_ID_REUSED: "同一来源的同一报文编号先后内容不同。请向来源单位核实以哪一份为准。",
    Reason.ENVELOPE_INVALID: "CloudEvents 信封缺项或不合规。请对照交换约定补正。",
    Reason.TYPE_UNKNOWN: "报文类型未登记。请核对类型名称，或先安装相应的连接器。",
    Reason.TYPE_VERSION: "报文类型的版本本系统尚不支持。请升级，或请来源单位改发支持的版本。",
    Reason.ITEM_MISSING: "缺少必填项。请来源单位补全，或核实后修正。",
    Reason.ITEM_INVALID: "数据项的取值不合规。请对照数据项说明修正。",
    Reason.ITEM_CONDITIONAL: "按处罚类别或相对人类别应填的项未填。请补全；说明中应为空的项请清空。",
    Reason.ITEM_EXCLUDED: "按相对人类别应为空的项填了内容。请清空说明中所列的项。",
    Reason.NUMBER_TOO_LARGE: "数据项中的整数过大，无法准确保存。请核对原值，编号类的项请以文本填写。",
    Reason.NUMBER_FILLER: "文书号只是“无”“/”“0”之类的占位文字，不能区分各项决定。请填写真实文号。",
    Reason.TEXT_FORBIDDEN: "说明中所列的数据项含有控制字符、零宽字符或改变文字方向的字符。请删除该字符后修正。",
    Reason.DATE_INVALID: "日期不存在或格式不合规。请按决定书核对说明中所列的项，写作 2026-01-05。",
    Reason.DATE_FUTURE: "决定日期晚于今天。请核实日期；确属无误的，到期后重放。",
    Reason.DATE_ORDER: "截止日期早于开始日期。请核实日期。",
    Reason.FINE_IMPLAUSIBLE: "罚没或骗保金额异常，可能填错了单位（如把元当作万元）。请核对决定书后修正。",
    Reason.SUMMARY_IMPLAUSIBLE: "标为简易程序，但处罚超出当场处罚的范围。请核对处罚决定书后修正。",
    Reason.REVISION_IMPLAUSIBLE: "修订版次大得异常，受理后其后的更正将一律视为旧版。请与来源单位核实后修正。",
    Reason.TIME_IMPLAUSIBLE: "报文时间远在将来。请与来源单位核实时钟后修正；确属无误的，到期后重放。",
    Reason.SENDER_UNKNOWN: "发送单位不在该队列的许可名单内。请核实来源，必要时在 routing.yaml 中登记。",
    Reason.SENDER_UNPROVEN: "无法证明报文由该单位发出（user-id）。请来源单位以登记的用户重发，或补登 users 后重放。",
    Reason.ORGAN_FOREIGN: "发送单位不得代该机关发送。请核实，必要时在 routing.yaml 的 voices 中登记。",
    Reason.RECORD_FOREIGN: "该机关无权处理其他机关的信用记录。请核实，必要时在 routing.yaml 的 offices 中登记。",
    Reason.SOURCE_WRONG: "报文来源与所在队列不符。请核实投递路由。",
    Reason.SIGNATURE_MISSING: "该队列要求签名，报文未签名。",
    Reason.SIGNATURE_INVALID: "签名验证未通过。请核实发送方及其密钥。",
    Reason.USCC_CHECK: "统一社会信用代码校验位不符。请按证照逐位核对后修正（没有字母 I、O、S、V、Z）。",
    Reason.USCC_PLACEHOLDER: "统一社会信用代码为占位值，不能作为主体标识。请补录真实代码。",
    Reason.PERSON_ID_CHECK: "身份证件号码校验位不符。请按证件逐位核对后修正。",
    Reason.PERSON_ID_FORM: "身份证件号码与证件类型的格式不符。请核对证件类型和号码。",
    Reason.ID_WRONG_COLUMN: "标识填错了栏位（例如把身份证号填入信用代码栏）。请核对后移到正确栏位。",
    Reason.ID_MISSING: "没有可用于识别主体的任何代码或证件号码。请来源单位补填后重新发送，或核实后修正。",
    Reason.ID_UNRESOLVED: "只有许可证号等辅助标识，不知属于哪个主体。知道后自动处理，也可人工认领（identity claim）。",
    Reason.ID_AMBIGUOUS: "辅助标识对应多个主体。请取消误认的认领（identity disclaim），或补填统一社会信用代码后修正。",
    Reason.NAME_MISMATCH: "证件号码已登记在另一姓名之下。确属同一人的，按说明认领该姓名；号码有误的，修正后重放。",
    Reason.RECEIPT_UNKNOWN: "回执所指的通知编号不存在。请与回执单位核对。",
    Reason.RECEIPT_AGENCY: "回执单位不是该通知的接收单位。请与回执单位核对通知编号。",
    Reason.RECEIPT_NOT_LIFTED: "单位回执已解除措施，但该通知仍然有效。请与该单位核实。",
    Reason.RECEIPT_TIME: "回执的办理时间早于通知发出之日，或远在将来。请与回执单位核实时间后修正。",
    Reason.RECEIPT_MEASURE: "回执中的措施编码不在该通知之内。请与回执单位核实后修正。",
    Reason.RECEIPT_CONTRADICTION: "回执前后矛盾：办理状态与措施执行情况不符。请与回执单位核实后修正。",
    Reason.FEED_ROW_UNKNOWN: "反馈所指的数据行从未报送。请与平台核对。",
    Reason.FEED_NUMBER_UNKNOWN: "没有向该平台报送过该文书号的数据。请与平台核对文书号。",
    Reason.FEED_NUMBER_AMBIGUOUS: "该文书号有几条数据行，不知反馈的是哪一条。请另填数据行编号（xinglin feed 列出）。",
    Reason.FEED_NUMBER_OTHER: "数据行编号所指的数据行，文书号与所填的不同。请与平台核对是哪一条。",
    Reason.INTERNAL: "处理时发生内部错误，报文已保留。请联系维护人员，修复后重放。",
}
