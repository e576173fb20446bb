"""Why a file is refused, and how a cell was read or why it could not be: codes, words and ways to mend it."""

from __future__ import annotations

from schemas.words import Tone, Worded


class FileReason(Worded):
    """Why a whole file is refused; nothing of it is taken."""

    EMPTY = "file.empty", "空文件", Tone.ALARM
    TOO_LARGE = "file.too_large", "文件过大", Tone.ALARM
    KIND_UNKNOWN = "file.kind_unknown", "文件类型不能识别", Tone.ALARM
    ENDING_WRONG = "file.ending_wrong", "扩展名与内容不符", Tone.ALARM
    HTML = "file.html", "实为网页", Tone.ALARM
    BROKEN = "file.broken", "文件损坏", Tone.ALARM
    FORBIDDEN = "file.forbidden", "没有读取权限", Tone.ALARM
    UNREADABLE = "file.unreadable", "读取未完成", Tone.ALARM
    PASSWORD = "file.password", "文件已加密", Tone.ALARM
    MACROS = "file.macros", "含有宏", Tone.ALARM
    LINKS = "file.external_links", "含有外部链接", Tone.ALARM
    EMBEDDED = "file.embedded", "含有嵌入对象", Tone.ALARM
    PARTS = "file.too_many_parts", "压缩包内文件过多", Tone.ALARM
    UNPACKED = "file.unpacked_too_large", "解压后过大", Tone.ALARM
    ROWS = "file.too_many_rows", "行数过多", Tone.ALARM
    COLUMNS = "file.too_many_columns", "列数过多", Tone.ALARM
    CELL_TOO_LONG = "file.cell_too_long", "单元格过长", Tone.ALARM
    CHARSET = "file.charset", "字符编码不能识别", Tone.ALARM
    LETTER = "file.forbidden_character", "含有非法字符", Tone.ALARM
    QUOTES = "file.quotes", "引号不配对", Tone.ALARM
    XML = "file.xml", "数据包不合规", Tone.ALARM
    XML_ENTITIES = "file.xml_entities", "数据包含有实体或外部引用", Tone.ALARM
    HEADER_UNKNOWN = "file.header_unknown", "找不到表头", Tone.ALARM
    HEADER_AMBIGUOUS = "file.header_ambiguous", "表头符合多种模板", Tone.ALARM
    HEADER_TWICE = "file.header_twice", "同一列出现两次", Tone.ALARM
    COLUMN_MISSING = "file.column_missing", "缺少必填列", Tone.ALARM
    NO_ROWS = "file.no_rows", "没有数据行", Tone.ALARM
    DETAIL_FIRST = "file.detail_first", "明细没有主表", Tone.ALARM

    @property
    def hint(self) -> str:
        """How the clerk mends the file, in Chinese."""
        return _FILE_HINTS[self]


class CellReason(Worded):
    """What is to be said of a cell or row: that it was read in another form than written, or why it cannot be read."""

    READ_AS = "cell.read_as", "按其他写法读入", Tone.BUSY
    WORKED_OUT = "cell.worked_out", "换算后读入", Tone.BUSY
    FILLER = "cell.filler", "占位文字视为空", Tone.BUSY
    MERGED = "cell.merged", "取自合并单元格", Tone.BUSY
    MERGED_ACROSS = "cell.merged_across", "合并单元格跨越多列", Tone.ALARM
    VOID = "cell.void", "必填项只有占位文字", Tone.ALARM
    NUMBER_AS_FLOAT = "number.as_float", "数字已失去精度", Tone.ALARM
    ZEROS_LOST = "number.zeros_lost", "数字可能丢失了前导零", Tone.ALARM
    ERROR_VALUE = "cell.error_value", "公式出错", Tone.ALARM
    KIND_WRONG = "cell.wrong_kind", "单元格类型不符", Tone.ALARM
    DATE_UNCLEAR = "cell.date_unclear", "日期不明确", Tone.ALARM
    AMOUNT_UNCLEAR = "cell.amount_unclear", "金额不明确", Tone.ALARM
    CHOICE_UNKNOWN = "cell.choice_unknown", "不在可选范围内", Tone.ALARM
    FLAG_UNCLEAR = "cell.flag_unclear", "应填是或否", Tone.ALARM
    DETAIL_ALONE = "detail.no_head", "主表中没有", Tone.ALARM
    DETAIL_NONE = "detail.none", "没有明细", Tone.ALARM
    DETAIL_TWICE = "detail.twice", "填了两次", Tone.ALARM
    DETAIL_HELD = "detail.held", "同一件中有行未读入", Tone.ALARM
    FOOTING = "row.footing", "像是表尾", Tone.ALARM
    TWO_PERSONS = "row.two_persons", "须由两人办理", Tone.ALARM

    @property
    def hint(self) -> str:
        """How the clerk mends the cell, in Chinese; empty for what only is said."""
        return _CELL_HINTS.get(self, "")


_FILE_HINTS = {
    FileReason.EMPTY: "文件没有内容（0 字节）。请重新导出或上传。",
    FileReason.TOO_LARGE: "请拆分为几个文件，或另存为 CSV 后再提交。",
    FileReason.KIND_UNKNOWN: "请提交 XLSX、XLS、CSV 或 XML 文件。",
    FileReason.ENDING_WRONG: "请按文件的实际类型改正扩展名，或用表格软件打开后“另存为”xlsx。",
    FileReason.HTML: "文件实为网页，只是扩展名写作 .xls。请用 Excel 或 WPS 打开，“另存为”xlsx 后再提交。",
    FileReason.BROKEN: "文件无法打开。请用表格软件打开确认，“另存为”xlsx 后再提交。",
    FileReason.FORBIDDEN: "请让运行本程序的用户可以读取该文件（如 chmod 644），再重新提交。",
    FileReason.UNREADABLE: "读取时超出内存或时间限制。请只保留数据区域，粘贴到新的工作簿后再提交。",
    FileReason.PASSWORD: "请取消打开密码（文件—信息—保护工作簿）后再提交。",
    FileReason.MACROS: "请“另存为”不含宏的 xlsx 后再提交。",
    FileReason.LINKS: "请断开外部链接（数据—编辑链接—断开），或选择性粘贴为数值后再提交。",
    FileReason.EMBEDDED: "请删除嵌入的对象（如文档、附件）后再提交。",
    FileReason.PARTS: "请将数据粘贴到新的工作簿后再提交。",
    FileReason.UNPACKED: "请拆分为几个文件，或另存为 CSV 后再提交。",
    FileReason.ROWS: "请拆分为几个文件，或另存为 CSV 后再提交。",
    FileReason.COLUMNS: "请删除数据以外的列后再提交。",
    FileReason.CELL_TOO_LONG: "请删减说明中所列单元格的内容。",
    FileReason.CHARSET: "请用 UTF-8 或 GB18030 编码另存后再提交。",
    FileReason.LETTER: "请删除说明中所列位置的字符，或重新导出。",
    FileReason.QUOTES: "请检查说明中所列位置的双引号；单元格内的双引号应写作两个。",
    FileReason.XML: "请对照导入说明中的数据包格式修正。",
    FileReason.XML_ENTITIES: "数据包不得含有 DOCTYPE、实体定义或外部引用。请删除后再提交。",
    FileReason.HEADER_UNKNOWN: "请使用本系统的模板（xinglin template），表头应在前 20 行内。",
    FileReason.HEADER_AMBIGUOUS: "请补上能区分模板的列，或改用本系统的模板。",
    FileReason.HEADER_TWICE: "请删除或改名重复的列。",
    FileReason.COLUMN_MISSING: "请补上说明中所列的列。",
    FileReason.NO_ROWS: "表头下面没有数据。请填写后再提交。",
    FileReason.DETAIL_FIRST: "请把主表和明细放在同一个工作簿中，主表在前。",
}
_CELL_HINTS = {
    CellReason.MERGED_ACROSS: "请取消合并单元格，在每一列分别填写。",
    CellReason.VOID: "必填项不得填“无”“/”等占位文字，请填写实际内容。",
    CellReason.NUMBER_AS_FLOAT: "请将该列设为“文本”格式，再按证照重新填写该号码。",
    CellReason.ZEROS_LOST: "请将该列设为“文本”格式，再连同前面的 0 重新填写。",
    CellReason.ERROR_VALUE: "请改正公式，或直接填写数值。",
    CellReason.KIND_WRONG: "请按该列的要求重新填写。",
    CellReason.DATE_UNCLEAR: "请写作 2026-01-05；长期有效的写“长期”。",
    CellReason.AMOUNT_UNCLEAR: "请按列名所示的单位只填数字。",
    CellReason.CHOICE_UNKNOWN: "请从说明所列的选项中选填。",
    CellReason.FLAG_UNCLEAR: "请填“是”或“否”。",
    CellReason.DETAIL_ALONE: "请核对编号，或在主表中补上该行。",
    CellReason.DETAIL_NONE: "请在明细表中补上；确实没有明细的，另用一个文件报送。",
    CellReason.DETAIL_TWICE: "请只保留一处。",
    CellReason.DETAIL_HELD: "请更正同一件中的各行后一并提交。",
    CellReason.FOOTING: "不是一件的，可以删去，留着也不影响其余的行；确是一件的，请补全必填项。",
    CellReason.TWO_PERSONS: "表格中的这一行没有办理，可以删去。",
}
