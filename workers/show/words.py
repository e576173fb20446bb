"""The Chinese words for codes that officials would otherwise have to read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas.words import Worded

ACT_STATES = {
    "revoked": "决定被撤销",
    "unlawful": "确认违法",
    "void": "确认无效",
    "entered_in_error": "录入错误",
    "filed": "已受理",
    "upheld": "成立",
    "rejected": "不成立",
    "applied": "已申请",
    "accepted": "已受理",
    "granted": "准予",
    "refused": "不予",
}
PARKED_ACTIONS = {"mend": "修正", "replay": "重放", "discard": "作废"}

_PARTY_ITEMS = {
    "XDR_MC": "行政相对人名称",
    "XDR_LB": "行政相对人类别",
    "XDR_SHXYM": "统一社会信用代码",
    "XDR_GSZC": "工商注册号",
    "XDR_ZZJG": "组织机构代码",
    "XDR_SWDJ": "税务登记号",
    "XDR_SYDW": "事业单位证书号",
    "XDR_SHZZ": "社会组织登记证号",
    "FRDB": "法定代表人",
    "FR_ZJLX": "法定代表人证件类型",
    "FR_ZJHM": "法定代表人证件号码",
    "XDR_ZJLX": "自然人证件类型",
    "XDR_ZJHM": "自然人证件号码",
}
ITEMS = {f"{prefix}_{item}": word for prefix in ("CF", "XK") for item, word in _PARTY_ITEMS.items()} | {
    "CF_WSH": "处罚决定书文号",
    "CF_WFXW": "违法行为类型",
    "CF_SY": "违法事实",
    "CF_YJ": "处罚依据",
    "CF_CFLB": "处罚类别",
    "CF_NR": "处罚内容",
    "CF_NR_FK": "罚款金额（万元）",
    "CF_NR_WFFF": "没收金额（万元）",
    "CF_NR_ZKDX": "暂扣或吊销证照",
    "CF_JDRQ": "处罚决定日期",
    "CF_YXQ": "处罚有效期",
    "CF_GSJZQ": "公示截止期",
    "CF_CFJG": "处罚机关",
    "CF_CFJGDM": "处罚机关代码",
    "CF_SJLY": "数据来源单位",
    "CF_SJLYDM": "数据来源单位代码",
    "XK_XKWS": "许可决定文书名称",
    "XK_WSH": "许可决定文书号",
    "XK_XKLB": "许可类别",
    "XK_XKZS": "许可证书名称",
    "XK_XKBH": "许可编号",
    "XK_NR": "许可内容",
    "XK_JDRQ": "许可决定日期",
    "XK_YXQZ": "有效期自",
    "XK_YXQZI": "有效期至",
    "XK_XKJG": "许可机关",
    "XK_XKJGDM": "许可机关代码",
    "XK_ZT": "当前状态",
    "XK_LYDW": "数据来源单位",
    "XK_LYDWDM": "数据来源单位代码",
    "BZ": "备注",
    "penalty_kinds": "处罚种类",
    "summary_procedure": "简易程序",
    "suspected_crime": "涉嫌犯罪",
    "conduct": "行为",
    "scheme": "检查方式",
    "result": "检查结果",
    "inspectors": "检查人数",
    "items": "检查项目",
    "measure": "措施",
    "content": "内容",
    "basis": "依据",
    "points": "记分",
    "act": "不良执业行为",
    "cycle": "记分周期（年）",
    "value": "得分",
    "penalty_document_no": "处罚决定书文号",
    "action": "处理",
    "from": "起始日期",
    "until": "截止日期",
    "severity": "情节",
    "amount_yuan": "金额（元）",
    "responsibility": "责任",
    "commitment": "承诺类型",
    "state": "承诺状态",
    "due_on": "履行期限",
    "event": "登记事项",
    "role": "主体类型",
    "workplace": "执业机构",
    "behaviour": "行为类型",
    "sanction": "处理",
    "hospital": "医疗机构",
    "title": "名称",
    "level": "级别",
}
_VALUES = {
    "scheme": {
        "wugang-onsite": "现场量化评价",
        "public-place": "公共场所量化分级",
        "random": "双随机抽查",
        "routine": "日常检查",
        "complaint": "投诉举报核查",
    },
    "result": {
        "no_problem": "未发现问题",
        "corrected_on_site": "当场改正",
        "ordered_to_correct": "责令改正",
        "case_filed": "立案",
        "uncooperative": "不配合检查",
    },
    "measure": {"coercion": "行政强制", "levy": "行政征收", "requisition": "行政征用"},
    "conduct": {
        "unlicensed_practice": "无证行医",
        "illegal_advert": "违法广告",
        "other": "其他",
        "red_packet": "收受红包",
        "overtreatment": "过度诊疗",
        "kickback": "收受回扣",
        "ethics_failed": "医德考评不合格",
        "accident_full_liability": "医疗事故负完全责任",
        "safety_accident": "安全生产事故",
        "fire_accident": "火灾事故",
        "social_impact": "造成不良社会影响",
        "establishment_breach": "违反设置规定",
        "public_health_score": "公共卫生服务得分",
    },
    "action": {"interview": "约谈", "suspended": "中止协议", "terminated": "解除协议", "resumed": "恢复协议"},
    "severity": {"general": "一般", "serious": "严重"},
    "responsibility": {"general": "一般责任", "important": "重要责任", "primary": "主要责任"},
    "commitment": {"informed": "证明事项告知承诺", "voluntary": "主动承诺", "repair": "信用修复承诺"},
    "state": {"signed": "已签署", "kept": "已履行", "breached": "违背"},
    "event": {
        "registered": "注册",
        "changed": "变更",
        "verification_passed": "校验合格",
        "verification_suspended": "暂缓校验",
        "closed": "停业",
        "revoked": "吊销",
        "cancelled": "注销",
    },
    "role": {
        "institution": "医疗机构",
        "practitioner": "医务人员",
        "public_place": "公共场所",
        "water_supplier": "供水单位",
        "disinfectant_producer": "消毒产品生产企业",
        "tableware_disinfector": "餐具集中消毒单位",
    },
    "behaviour": {
        "B0": "以其他方式扰乱诊疗",
        "B1": "伤害医务人员、毁坏财物",
        "B2": "扰乱医疗秩序",
        "B3": "非法限制医务人员人身自由",
        "B4": "侮辱、恐吓医务人员",
        "B5": "携带管制器具或危险物品",
        "B6": "教唆他人或以受他人委托为名实施",
    },
    "sanction": {"warning": "警告", "fine": "罚款", "detention": "行政拘留", "criminal": "刑事处罚"},
    "level": {"national": "国家级", "province": "省级", "city": "市级", "county": "县级"},
    "XK_ZT": {"1": "有效", "2": "无效"},
}
_SHOWN = 8


def say(words: Mapping[str, str], code: str | None) -> str:
    """Return the word for a code; the code itself where there is none, and a dash for nothing."""
    return "—" if code is None else words.get(code, code)


def word(codes: type[Worded], code: str | None) -> str:
    """Return the word of a code that a row holds as text, and a dash for nothing."""
    return "—" if code is None else codes(code).word


def arrange(items: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return items in the order of the national templates, those of other sources after them."""
    order = {name: place for place, name in enumerate(ITEMS)}
    return sorted(items.items(), key=lambda item: (order.get(item[0], len(order)), item[0]))


def say_value(item: str, value: Any) -> str:
    """Return the value of an item as text; a long list is cut short and says how long it is."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dict):
        return "，".join(f"{name} {say_value(name, inner)}" for name, inner in value.items())
    if isinstance(value, list):
        told = [say_value(item, inner) for inner in value[:_SHOWN]]
        rest = [f"……共 {len(value)} 项"] if len(value) > _SHOWN else []
        return "；".join(told + rest)
    return say(_VALUES.get(item, {}), str(value))
