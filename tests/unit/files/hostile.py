"""Files that no clerk would make by hand, or that say another thing than they are."""

from __future__ import annotations

import io
import struct
import zipfile
from dataclasses import dataclass, replace
from functools import cache

import olefile

from schemas.file_reasons import FileReason
from tests.unit.files.books import Formula, Page, changed, packed, parts, replaced, xls, xlsx
from tests.unit.files.messy.rows import HEAD, ROW
from workers.files.grid import LIMITS, Limits

SHEET = "xl/worksheets/sheet1.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"
TIGHT = replace(LIMITS, unpacked=1 << 20, parts=20, workbook_rows=50, columns=30, workbook=1 << 20, package=1 << 20)
_RELATION = '<Relationship Id="rId99" Type="{}" Target="{}" TargetMode="External"/></Relationships>'
_KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"


@dataclass(frozen=True)
class Hostile:
    title: str
    name: str
    data: bytes
    reason: FileReason
    says: str = ""
    limits: Limits = TIGHT


@cache
def book() -> bytes:
    return xlsx([HEAD, ROW])


@cache
def old_book() -> bytes:
    return xls([HEAD, ROW])


def relation(kind: str, target: str) -> bytes:
    after = _RELATION.format(_KINDS + kind, target).encode()
    return replaced(book(), RELATIONS, b"</Relationships>", after)


def lying(book: bytes, name: str, size: int) -> bytes:
    """An XLSX file whose directory says another size of a part; its checksum is that of so many bytes."""
    at = book.index(b"PK\x01\x02")
    data = bytearray(book)
    while data[at : at + 4] == b"PK\x01\x02":
        named, extra, comment = struct.unpack_from("<HHH", data, at + 28)
        if data[at + 46 : at + 46 + named].decode() == name:
            struct.pack_into("<I", data, at + 24, size)
        at += 46 + named + extra + comment
    return bytes(data)


def twice(book: bytes, name: str) -> bytes:
    out = io.BytesIO(book)
    with zipfile.ZipFile(out, "a") as opened:
        opened.writestr(name.upper(), b"<worksheet/>")
    return out.getvalue()


def far_cell(place: str) -> bytes:
    """A workbook of a few kilobytes whose one cell stands so far out that its grid fits into no memory."""
    row = "".join(filter(str.isdigit, place))
    cell = f'<row r="{row}"><c r="{place}"><v>1</v></c></row></sheetData>'
    return replaced(book(), SHEET, b"</sheetData>", cell.encode())


def with_record(book: bytes, kind: int, data: bytes) -> bytes:
    """An XLS file with a further record behind the first one of its workbook."""
    with olefile.OleFileIO(io.BytesIO(book)) as opened:
        stream: bytes = opened.openstream("Workbook").read()
    first = 4 + struct.unpack_from("<H", stream, 2)[0]
    record = struct.pack("<HH", kind, len(data)) + data
    begin = book.index(stream[:64])
    # It takes the place of a record that nobody needs, so that nothing behind it moves.
    at = first
    while True:
        found, size = struct.unpack_from("<HH", stream, at)
        if size >= len(data) and found not in {0x0085, 0x0809, 0x000A}:
            break
        at += 4 + size
    padded = record + struct.pack("<HH", 0x00E1, size - len(data) - 4) + bytes(size - len(data) - 4)
    new = stream[:at] + (padded if size >= len(data) + 4 else record) + stream[at + 4 + size :]
    return book[:begin] + new + book[begin + len(stream) :]


def renamed_stream(after: str) -> bytes:
    """An XLS file whose stream of records has another name."""
    book = bytearray(old_book())
    entry = book.index("Workbook".encode("utf-16-le"))
    book[entry : entry + 66] = after.encode("utf-16-le").ljust(64, b"\0") + struct.pack("<H", 2 * len(after) + 2)
    return bytes(book)


_HTML = "<html><head><meta charset='gb2312'></head><body><table><tr><td>1</td></tr></table></body></html>"
_MHT = "MIME-Version: 1.0\nContent-Type: multipart/related\n"
_XML_2003 = '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"></Workbook>'
_CSV = ",".join(HEAD).encode()

HOSTILE = [
    Hostile("空文件", "a.xlsx", b"", FileReason.EMPTY, "0 字节"),
    Hostile(
        "工作簿过大", "a.xlsx", b"PK\x03\x04" + bytes(1 << 20), FileReason.TOO_LARGE, "文件为 1.0 MiB，上限为 1 MiB"
    ),
    Hostile("数据包过大", "a.xml", b"<package>" + b" " * (1 << 20), FileReason.TOO_LARGE, "上限为 1 MiB"),
    Hostile("网页称作 XLS", "a.xls", _HTML.encode(), FileReason.HTML, "网页"),
    Hostile("网页称作 XLS，大写，带 BOM", "a.xls", b"\xef\xbb\xbf\r\n <HTML>", FileReason.HTML),
    Hostile("网页称作 XLS，UTF-16", "a.xls", _HTML.encode("utf-16"), FileReason.HTML),
    Hostile("网页称作 XLS，只有表格", "a.xls", b"<table border=1><tr><td>1</td></tr></table>", FileReason.HTML),
    Hostile("网页称作 XLS，XHTML", "a.xls", f'<?xml version="1.0"?>{_HTML}'.encode(), FileReason.HTML),
    Hostile("网页归档称作 XLS", "a.xls", _MHT.encode(), FileReason.HTML),
    Hostile("XML 表格 2003 称作 XLS", "a.xls", _XML_2003.encode(), FileReason.ENDING_WRONG, "XML 表格 2003"),
    Hostile("文本称作 XLS", "a.xls", _CSV, FileReason.ENDING_WRONG, "文件内容是文本（CSV），扩展名却是“.xls”"),
    Hostile("XLSX 称作 XLS", "a.xls", book(), FileReason.ENDING_WRONG, "XLSX 工作簿或压缩包，扩展名却是“.xls”"),
    Hostile("XLSX 称作 CSV", "a.csv", book(), FileReason.ENDING_WRONG),
    Hostile("XLS 称作 CSV", "a.csv", old_book(), FileReason.ENDING_WRONG, "XLS 工作簿"),
    Hostile("没有扩展名", "a", book(), FileReason.ENDING_WRONG, "却没有扩展名"),
    Hostile("其他扩展名", "a.ods", book(), FileReason.KIND_UNKNOWN, "不接受扩展名为“.ods”的文件"),
    Hostile("文本，其他扩展名", "a.doc", _CSV, FileReason.KIND_UNKNOWN, "“.doc”"),
    Hostile("PDF 称作 XLSX", "a.xlsx", b"%PDF-1.7\n", FileReason.KIND_UNKNOWN, "PDF"),
    Hostile("RAR 称作 XLSX", "a.xlsx", b"Rar!\x1a\x07", FileReason.KIND_UNKNOWN, "RAR"),
    Hostile("二进制称作 CSV", "a.csv", b"\x01\x02\0\0\x03" * 9, FileReason.KIND_UNKNOWN, "不是文本"),
    Hostile("启用宏的工作簿", "a.xlsm", book(), FileReason.MACROS, ".xlsm"),
    Hostile("宏", "a.xlsx", changed(book(), {"xl/vbaProject.bin": b"x"}), FileReason.MACROS),
    Hostile("宏表", "a.xlsx", changed(book(), {"xl/macrosheets/sheet1.xml": b"<x/>"}), FileReason.MACROS),
    Hostile(
        "内容类型为启用宏",
        "a.xlsx",
        replaced(book(), "[Content_Types].xml", b"spreadsheetml.sheet.main", b"sheet.macroEnabled.main"),
        FileReason.MACROS,
    ),
    Hostile("外部链接", "a.xlsx", changed(book(), {"xl/externalLinks/externalLink1.xml": b"<x/>"}), FileReason.LINKS),
    Hostile("数据连接", "a.xlsx", changed(book(), {"xl/connections.xml": b"<x/>"}), FileReason.LINKS),
    Hostile("外部引用", "a.xlsx", relation("externalLinkPath", "file:///c:/a.xlsx"), FileReason.LINKS, "外部文件"),
    Hostile("动态数据交换", "a.xlsx", xlsx([HEAD, [*ROW, Formula("=cmd|'/c calc'!A0", 0)]]), FileReason.LINKS, "DDE"),
    Hostile("嵌入对象", "a.xlsx", changed(book(), {"xl/embeddings/oleObject1.bin": b"x"}), FileReason.EMBEDDED),
    Hostile("控件", "a.xlsx", changed(book(), {"xl/activeX/activeX1.xml": b"<x/>"}), FileReason.EMBEDDED),
    Hostile(
        "压缩包内文件过多",
        "a.xlsx",
        changed(book(), {f"x{at}": b"" for at in range(20)}),
        FileReason.PARTS,
        "上限为 20 个",
    ),
    Hostile("压缩炸弹", "a.xlsx", changed(book(), {"xl/media/a.png": bytes(2 << 20)}), FileReason.UNPACKED, "压缩炸弹"),
    Hostile(
        "压缩炸弹，由许多文件组成",
        "a.xlsx",
        changed(book(), {f"xl/media/{at}.png": bytes(200_000) for at in range(6)}),
        FileReason.UNPACKED,
    ),
    Hostile(
        "压缩炸弹，目录说谎",
        "a.xlsx",
        lying(changed(book(), {"xl/media/a.png": bytes(2 << 20)}), "xl/media/a.png", 10),
        FileReason.UNPACKED,
    ),
    Hostile("目录说谎", "a.xlsx", lying(book(), SHEET, 10), FileReason.BROKEN, "实际大小与目录不符"),
    Hostile("重名的文件", "a.xlsx", twice(book(), SHEET), FileReason.BROKEN, "重名"),
    Hostile("压缩包截断", "a.xlsx", book()[:2000], FileReason.BROKEN, "目录损坏"),
    Hostile("Word 文档（OLE）", "a.xls", renamed_stream("WordDocument"), FileReason.KIND_UNKNOWN, "Word"),
    Hostile("宏（XLS）", "a.xls", renamed_stream("_VBA_PROJECT_CUR"), FileReason.MACROS),
    Hostile("Word 文档称作 XLSX", "a.xlsx", packed({"word/document.xml": b"<x/>"}), FileReason.KIND_UNKNOWN, "Word"),
    Hostile("ODS 称作 XLSX", "a.xlsx", packed({"content.xml": b"<x/>"}), FileReason.KIND_UNKNOWN, "ODS"),
    Hostile("xlsb 称作 XLSX", "a.xlsx", packed({"xl/workbook.bin": b"x"}), FileReason.KIND_UNKNOWN, "xlsb"),
    Hostile(
        "工作簿目录有实体",
        "a.xlsx",
        replaced(book(), "xl/workbook.xml", b"<workbook", b"<!DOCTYPE x [<!ENTITY a 'a'>]><workbook"),
        FileReason.XML_ENTITIES,
    ),
    Hostile("工作簿目录不是 XML", "a.xlsx", changed(book(), {"xl/workbook.xml": b"<workbook>"}), FileReason.BROKEN),
    Hostile("工作表不是 XML", "a.xlsx", changed(book(), {SHEET: parts(book())[SHEET][:900]}), FileReason.BROKEN),
    Hostile("行数过多", "a.xlsx", xlsx([HEAD, *([ROW] * 50)]), FileReason.ROWS, "工作表「表1」超过 50 行"),
    Hostile("列数过多", "a.xlsx", xlsx([[*HEAD, *("x" * 24)], ROW]), FileReason.COLUMNS, "第 1 行超过 30 列"),
    Hostile(
        "单元格过长",
        "a.xlsx",
        replaced(book(), "xl/sharedStrings.xml", "豫舞卫".encode(), b"x" * 33_000),
        FileReason.CELL_TOO_LONG,
        "第 2 行",
    ),
    Hostile("加密的 XLSX", "a.xlsx", renamed_stream("EncryptedPackage"), FileReason.PASSWORD, "打开密码"),
    Hostile("加密的 XLS", "a.xls", with_record(old_book(), 0x002F, bytes(6)), FileReason.PASSWORD, "打开密码"),
    Hostile("外部链接（XLS）", "a.xls", with_record(old_book(), 0x01AE, bytes(8)), FileReason.LINKS),
    Hostile("不是工作簿（OLE）", "a.xls", renamed_stream("NotABook"), FileReason.KIND_UNKNOWN),
    Hostile("目录损坏（XLS）", "a.xls", old_book()[:700], FileReason.BROKEN),
    Hostile("列宽无尽的工作表", "a.xlsx", xlsx(Page([[*HEAD, *([""] * 40), "x"], ROW])), FileReason.COLUMNS),
]
