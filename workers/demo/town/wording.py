"""What the made-up documents say: invented texts in the style of the field, as tables."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Case:
    """A kind of penalty case. `kinds` are joined by ；; `fines` and `confiscated` are in yuan, 0 is none."""

    act: str
    finding: str
    basis: str
    kinds: str
    fines: tuple[int, ...] = (0,)
    confiscated: tuple[int, ...] = (0,)
    conduct: str = "other"
    suspected_crime: bool = False
    summary_procedure: bool = False


UNLICENSED = Case(
    "未取得执业许可擅自开展诊疗活动",
    "现场发现其在出租房内为群众输液，无法出示医疗机构执业许可证",
    "《中华人民共和国基本医疗卫生与健康促进法》第九十九条",
    "罚款；没收违法所得；没收非法财物",
    fines=(50000, 60000, 80000),
    confiscated=(1200, 3650, 8400),
    conduct="unlicensed_practice",
)
UNLICENSED_AGAIN = Case(
    "非法行医受行政处罚后再次擅自行医",
    "曾因同类行为受过两次行政处罚，本次检查中又在同一地点接诊病人",
    "《中华人民共和国基本医疗卫生与健康促进法》第九十九条",
    "罚款；没收违法所得",
    fines=(100000, 120000),
    confiscated=(5200, 15800),
    conduct="unlicensed_practice",
    suspected_crime=True,
)
REVOKED = Case(
    "出借医疗机构执业许可证",
    "将医疗机构执业许可证出借给他人开展诊疗活动",
    "《中华人民共和国基本医疗卫生与健康促进法》第九十九条第二款",
    "吊销许可证件",
)
UNQUALIFIED_STAFF = Case(
    "安排非卫生技术人员从事护理工作",
    "一名未注册人员当班期间独立为三名住院患者配药、注射",
    "《医疗机构管理条例》第四十七条",
    "警告；罚款",
    fines=(10000, 20000, 30000),
)
_MEDICAL = (
    UNQUALIFIED_STAFF,
    Case(
        "未按规定登记医疗废物",
        "医疗废物暂存间内上月的交接登记空白，两袋感染性废物无标识",
        "《医疗废物管理条例》第四十五条",
        "警告；罚款",
        fines=(2000, 3000, 5000),
    ),
    Case(
        "超出登记的诊疗科目开展诊疗活动",
        "登记科目中无美容外科，检查时手术室有当月美容手术记录五份",
        "《医疗机构管理条例》第四十六条",
        "警告；罚款；没收违法所得",
        fines=(10000, 50000),
        confiscated=(4600, 23000),
    ),
    Case(
        "消毒灭菌效果监测不符合要求",
        "压力蒸汽灭菌器连续六周未做生物监测",
        "《消毒管理办法》第四十一条",
        "罚款",
        fines=(1000, 3000, 5000),
    ),
    Case(
        "发布与核准内容不符的医疗广告",
        "店面灯箱所写的治愈率未见于医疗广告审查证明",
        "《医疗广告管理办法》第二十条",
        "警告",
        conduct="illegal_advert",
    ),
    Case(
        "未在显著位置公示诊疗收费标准",
        "大厅公示栏正在更换，收费标准未张贴",
        "《中华人民共和国行政处罚法》第五十一条",
        "警告",
        summary_procedure=True,
    ),
    Case(
        "放射诊疗设备未经检测投入使用",
        "新装牙科X射线机无验收检测报告，已使用四十余日",
        "《放射诊疗管理规定》第四十一条",
        "警告；责令停产停业；罚款",
        fines=(5000, 10000),
    ),
    Case(
        "诊疗活动管理混乱造成严重后果",
        "经鉴定，该机构对一起医疗损害负主要责任，且逾期未改正前次检查所列问题",
        "《医疗机构管理条例》第四十八条",
        "罚款；吊销许可证件",
        fines=(30000, 50000),
    ),
)
_PLACES = (
    Case(
        "从业人员未取得有效健康合格证明上岗",
        "两名直接为顾客服务的人员未能出示健康合格证明",
        "《公共场所卫生管理条例实施细则》第三十八条",
        "警告；罚款",
        fines=(500, 1000, 2000),
    ),
    Case(
        "未按规定对顾客用品用具清洗消毒",
        "消毒柜未通电，备用毛巾与待洗毛巾混放",
        "《公共场所卫生管理条例实施细则》第三十六条",
        "警告；罚款",
        fines=(800, 1500, 2000),
    ),
    Case(
        "未取得卫生许可擅自营业",
        "卫生许可证到期后未延续，检查当日正常营业",
        "《公共场所卫生管理条例实施细则》第三十五条",
        "警告；罚款",
        fines=(5000, 10000, 30000),
    ),
    Case(
        "未公示卫生信誉度等级标识",
        "卫生信誉度等级标识存放于前台抽屉",
        "《中华人民共和国行政处罚法》第五十一条",
        "警告",
        summary_procedure=True,
    ),
)
_DISINFECTION = (
    Case(
        "出厂产品的卫生质量不符合要求",
        "抽检的一批产品菌落总数超出标准限值",
        "《消毒管理办法》第四十三条",
        "罚款；没收违法所得",
        fines=(5000, 8000),
        confiscated=(2600, 9100),
    ),
    Case(
        "未按规范组织清洗消毒",
        "消毒车间传送带停用，餐饮具以人工浸泡代替热力消毒",
        "《消毒管理办法》第四十一条",
        "罚款",
        fines=(1000, 3000),
    ),
)
_WATER = (
    Case(
        "直接从事供、管水的人员未按规定体检",
        "四名水处理人员的健康检查已过期三个月",
        "《生活饮用水卫生监督管理办法》第二十五条",
        "罚款",
        fines=(1000, 2000),
    ),
)
_PHYSICIANS = (
    Case(
        "未经亲自诊查出具医学证明文件",
        "门诊日志无就诊记录，当日却开具病休证明两份",
        "《中华人民共和国医师法》第五十六条",
        "警告；罚款",
        fines=(10000, 15000),
    ),
)
_NURSES = (
    Case(
        "执业活动中发现患者病情危急未立即通知医师",
        "监护记录显示报警后二十分钟方才报告值班医师",
        "《护士条例》第三十一条",
        "警告",
    ),
)

CASES = {
    "institution": _MEDICAL,
    "public_place": _PLACES,
    "water_supplier": _WATER,
    "disinfectant_producer": _DISINFECTION[:1],
    "tableware_disinfector": _DISINFECTION[1:],
    "physician": _PHYSICIANS,
    "nurse": _NURSES,
}
"""By role: what one can be penalised for."""

PERMITS = {
    "institution": ("医疗机构执业登记决定书", "医疗机构执业许可证", "准予医疗机构执业登记"),
    "public_place": ("公共场所卫生许可决定书", "公共场所卫生许可证", "准予从事公共场所经营"),
    "water_supplier": ("供水单位卫生许可决定书", "供水单位卫生许可证", "准予集中式供水"),
    "disinfectant_producer": (
        "消毒产品生产卫生许可决定书",
        "消毒产品生产企业卫生许可证",
        "准予生产卫生用品",
    ),
    "tableware_disinfector": (
        "餐具集中消毒单位备案意见书",
        "餐饮具集中消毒卫生证明",
        "准予从事餐饮具集中消毒",
    ),
    "physician": ("医师执业注册决定书", "医师执业证书", "准予医师执业注册"),
    "nurse": ("护士执业注册决定书", "护士执业证书", "准予护士执业注册"),
}
"""By role: the title of the decision, the certificate, the content."""

SERIES = {
    "institution": "舞卫医",
    "public_place": "舞卫公",
    "water_supplier": "舞卫水",
    "disinfectant_producer": "舞卫消",
    "tableware_disinfector": "舞卫消",
    "practitioner": "舞卫医",
    "physician": "舞卫医",
    "nurse": "舞卫医",
    "citizen": "舞卫医",
}
"""By role: how a document number begins."""

COMMITMENTS = (
    ("informed", "承诺所提交的办证材料真实有效，并在两个月内补齐消防验收意见"),
    ("voluntary", "承诺依法执业，公开收费，不聘用无资质人员"),
    ("voluntary", "承诺按日做好用品用具消毒并留存记录"),
    ("repair", "承诺已改正处罚决定所指行为，今后不再发生同类问题"),
)
CHECK_ITEMS = (
    ("1.1", 10, 2),
    ("1.2", 10, 0),
    ("2.1", 10, 1),
    ("2.2", 8, 0),
    ("2.3", 5, 0),
    ("3.1", 12, 0),
    ("3.2", 10, 1),
    ("4.1", 10, 0),
    ("4.2", 15, 0),
    ("5.1", 10, 0),
)
"""Code, full marks and stars of the lines of a check list."""

MEASURES = (
    ("coercion", "封存来源不明的一次性使用注射器两箱", "《医疗器械监督管理条例》第七十条"),
    ("coercion", "查封无证诊疗场所一处", "《医疗机构管理条例》第四十三条"),
    ("levy", "加处罚款三百元", "《中华人民共和国行政处罚法》第七十二条"),
    ("requisition", "临时征用救护车两辆用于应急转运", "《中华人民共和国突发事件应对法》第十二条"),
)
POINTS = (
    (1, "处方书写不规范"),
    (2, "病历未在规定时限内完成"),
    (4, "急救药品配备不全"),
    (6, "使用未注册的护理人员"),
    (12, "出具虚假医学证明文件"),
)
PERSON_CONDUCTS = (
    ("red_packet", "术前收受患者家属现金，事后退还"),
    ("overtreatment", "抽查病历中三份无指征使用进口耗材"),
    ("kickback", "收取药品代理人员给付的推广费用"),
    ("ethics_failed", "年度医德考评结论为不合格"),
)
INSTITUTION_CONDUCTS = (
    ("accident_full_liability", "一起医疗事故经鉴定由该机构负完全责任"),
    ("safety_accident", "氧气瓶间发生泄漏，无人员伤亡"),
    ("fire_accident", "配电间起火，过火面积六平方米"),
    ("social_impact", "急诊推诿病人一事引发集中投诉"),
    ("establishment_breach", "床位与护理人员配比低于设置标准"),
    ("public_health_score", "基本公共卫生服务项目年度考核得分"),
)
AGREEMENT_CONTENTS = ("分解住院", "超标准收费", "挂床住院", "串换诊疗项目", "整改验收合格")
FRAUDS = (
    ("general", "重复收取床位费，涉及医保基金", "《医疗保障基金使用监督管理条例》第三十八条"),
    ("general", "将不属于支付范围的费用纳入结算", "《医疗保障基金使用监督管理条例》第三十八条"),
    ("serious", "伪造检查报告骗取医保基金", "《医疗保障基金使用监督管理条例》第四十条"),
    ("serious", "诱导他人冒名就医购药", "《医疗保障基金使用监督管理条例》第四十条"),
)
HONOURS = ("卫生监督信誉度先进单位", "群众满意服务窗口", "诚信示范单位", "最美医务工作者", "平安医院创建先进集体")
