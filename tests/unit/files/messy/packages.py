"""XML packages."""

from __future__ import annotations

from schemas.file_reasons import CellReason, FileReason
from tests.unit.files.books import package
from tests.unit.files.messy.rows import HEAD, PLAIN, row, said
from tests.unit.files.seen import Case

_TITLED = dict(zip(HEAD, PLAIN.values(), strict=True))
_BY_CODE = "".join(f"<{code}>{value}</{code}>" for code, value in PLAIN.items())


def _body(rows: str, before: str = "") -> bytes:
    return f"{before}<package><head><guid>1</guid></head><body>{rows}</body></package>".encode()


def _deep(levels: int) -> str:
    return "<row><CF_WSH>" + "<x>" * levels + "</x>" * levels + "</CF_WSH></row>"


_BOMB = '<!DOCTYPE p [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
_OUTSIDE = '<!DOCTYPE p [<!ENTITY a SYSTEM "file:///etc/passwd">]>'

CASES = [
    Case(
        "数据包，按标题",
        "a.xml",
        package([_TITLED, _TITLED | {"行政处罚决定书文号": "罚2号"}]),
        (said(2), said(3, CF_WSH="罚2号")),
    ),
    Case("数据包，按代码", "a.xml", _body(f"<row>{_BY_CODE}</row>\n  <row>{_BY_CODE}</row>"), (said(2), said(3))),
    Case(
        "数据包，各行数据项不同",
        "a.xml",
        _body(f"<row>{_BY_CODE}</row><row><BZ>&lt;首次&gt;</BZ>{_BY_CODE}</row>"),
        (said(2), said(3, BZ="<首次>")),
    ),
    Case("数据包，GB18030", "a.xml", package([_TITLED], "GB18030"), (said(2),)),
    Case("数据包，UTF-16", "a.xml", package([_TITLED], "UTF-16"), (said(2),)),
    Case(
        "数据包，日期的写法",
        "a.xml",
        package([dict(zip(HEAD, row(CF_JDRQ=day), strict=True)) for day in ("2026/1/5", "2026年1月5日")]),
        (said(2), said(3, {"F": (CellReason.READ_AS, "「2026年1月5日」读作「2026-01-05」")})),
    ),
    Case(
        "数据包，CDATA 和注释",
        "a.xml",
        _body(f"<!-- x --><row>{_BY_CODE}<BZ><![CDATA[a<b]]></BZ></row>"),
        (said(2, BZ="a<b"),),
    ),
    Case("数据包，没有行", "a.xml", _body(""), refused=(FileReason.HEADER_UNKNOWN, "")),
    Case(
        "数据包，同一项两次",
        "a.xml",
        _body(f"<row>{_BY_CODE}<CF_WSH>2</CF_WSH></row>"),
        refused=(FileReason.XML, "「CF_WSH」出现两次"),
    ),
    Case("数据包，嵌套过深", "a.xml", _body(_deep(1)), refused=(FileReason.XML, "<x> 嵌套过深")),
    Case("数据包，嵌套极深", "a.xml", _body(_deep(100_000)), refused=(FileReason.XML, "<x> 嵌套过深")),
    Case(
        "数据包，其他最外层",
        "a.xml",
        b"<rows><row/></rows>",
        refused=(FileReason.XML, "最外层应为 <数据包>，而不是 <rows>"),
    ),
    Case("数据包，行间有文字", "a.xml", _body("<row/>x<row/>"), refused=(FileReason.XML, "多余的文字")),
    Case(
        "数据包，没有结束", "a.xml", _body(f"<row>{_BY_CODE}</row>")[:-10], refused=(FileReason.XML, "不是合法的 XML")
    ),
    Case(
        "数据包，实体炸弹",
        "a.xml",
        _body("<row><BZ>&b;</BZ></row>", _BOMB),
        refused=(FileReason.XML_ENTITIES, "DOCTYPE"),
    ),
    Case(
        "数据包，外部实体",
        "a.xml",
        _body("<row><BZ>&a;</BZ></row>", _OUTSIDE),
        refused=(FileReason.XML_ENTITIES, "DOCTYPE"),
    ),
    Case("数据包，未定义的实体", "a.xml", _body("<row><BZ>&a;</BZ></row>"), refused=(FileReason.XML, "不是合法的 XML")),
    Case(
        "数据包，数据项过长",
        "a.xml",
        _body(f"<row><BZ>{'a' * 32_768}</BZ></row>"),
        refused=(FileReason.CELL_TOO_LONG, "第 1 行的数据项超过 32,767 个字符"),
    ),
    Case(
        "数据包，数据项种类过多",
        "a.xml",
        _body("<row>" + "".join(f"<a{at}/>" for at in range(401)) + "</row>"),
        refused=(FileReason.COLUMNS, "400 种"),
    ),
    Case(
        "数据包，声明的编码不符",
        "a.xml",
        b'<?xml version="1.0" encoding="GBK"?><package>\xff</package>',
        refused=(FileReason.CHARSET, "GB18030"),
    ),
    Case(
        "数据包，未知的编码",
        "a.xml",
        b'<?xml version="1.0" encoding="x-no"?><package/>',
        refused=(FileReason.CHARSET, "编码不受支持"),
    ),
]
