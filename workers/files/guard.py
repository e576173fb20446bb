"""What a file is, told by its first bytes, and refused where it is too large, or not what its name says.

Only these bytes are looked at here: archives and workbooks are opened by a child process alone.
"""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import PurePath
from typing import BinaryIO

from schemas.file_reasons import FileReason
from workers.files.grid import MIB, FileRefused, Limits


class FileKind(StrEnum):
    """How a file is read; the endings that it may have are those of `_ENDINGS`."""

    XLSX = "xlsx"
    XLS = "xls"
    CSV = "csv"
    XML = "xml"


_ENDINGS = {
    FileKind.XLSX: (".xlsx",),
    FileKind.XLS: (".xls", ".et"),
    FileKind.CSV: (".csv", ".txt", ".tsv"),
    FileKind.XML: (".xml",),
}
_WITH_MACROS = (".xlsm", ".xltm", ".xlam", ".xla")
_WORDS = {
    FileKind.XLSX: "XLSX 工作簿或压缩包",
    FileKind.XLS: "XLS 工作簿",
    FileKind.CSV: "文本（CSV）",
    FileKind.XML: "XML",
}
_SEEN = 4096
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_MARKS = (b"\xef\xbb\xbf", *_UTF_16)
_OTHERS = {
    b"%PDF": "PDF 文件",
    b"Rar!": "RAR 压缩包",
    b"7z\xbc\xaf": "7z 压缩包",
    b"\x1f\x8b": "gzip 压缩包",
    b"\x89PNG": "图片",
    b"\xff\xd8\xff": "图片",
    b"GIF8": "图片",
    b"PK\x05\x06": "空的压缩包",
    b"{\\rtf": "RTF 文档",
}
_WEB = (b"<!doctype html", b"<html", b"<table", b"<head", b"<meta", b"<body", b"<style", b"mime-version:")
_OLD_XML = b"urn:schemas-microsoft-com:office:spreadsheet"


def recognise(opened: BinaryIO, name: str, limits: Limits) -> FileKind:
    """Return what a file is; it is left at its beginning.

    Raises:
        FileRefused: it is empty, too large, of no kind that is read, or its name has the ending of another kind.
    """
    size = os.fstat(opened.fileno()).st_size
    head = opened.read(_SEEN)
    opened.seek(0)
    if not head:
        raise FileRefused(FileReason.EMPTY, "文件为 0 字节")
    kind = _tell(head)
    _check_size(size, kind, limits)
    _check_ending(kind, PurePath(name).suffix.lower())
    return kind


def _tell(head: bytes) -> FileKind:
    if head.startswith(_ZIP):
        return FileKind.XLSX
    if head.startswith(_OLE):
        return FileKind.XLS
    for magic, word in _OTHERS.items():
        if head.startswith(magic):
            raise FileRefused(FileReason.KIND_UNKNOWN, f"文件是{word}")
    return _tell_text(head)


def _tell_text(head: bytes) -> FileKind:
    text = head
    for mark in _MARKS:
        text = text.removeprefix(mark)
    if head.startswith(_UTF_16):
        text = text.replace(b"\0", b"")
    elif b"\0" in text:
        raise FileRefused(FileReason.KIND_UNKNOWN, "文件不是文本，也不是表格")
    text = text.lstrip().lower()
    if text.startswith(_WEB) or (text.startswith(b"<") and b"<html" in text):
        raise FileRefused(FileReason.HTML, "文件内容是网页（HTML），不是工作簿")
    if _OLD_XML in text:
        raise FileRefused(FileReason.ENDING_WRONG, "文件是“XML 表格 2003”，请用 Excel 或 WPS 打开，“另存为”xlsx")
    return FileKind.XML if text.startswith(b"<") else FileKind.CSV


def _check_size(size: int, kind: FileKind, limits: Limits) -> None:
    most = {FileKind.CSV: limits.text, FileKind.XML: limits.package}.get(kind, limits.workbook)
    if size > most:
        raise FileRefused(FileReason.TOO_LARGE, f"文件为 {size / MIB:,.1f} MiB，上限为 {most // MIB:,} MiB")


def _check_ending(kind: FileKind, ending: str) -> None:
    if ending in _ENDINGS[kind]:
        return
    if ending in _WITH_MACROS:
        raise FileRefused(FileReason.MACROS, f"“{ending}”是启用宏的工作簿")
    if ending and not any(ending in endings for endings in _ENDINGS.values()):
        raise FileRefused(FileReason.KIND_UNKNOWN, f"不接受扩展名为“{ending}”的文件")
    # An encrypted workbook of the newer kind lies in a file of the older one: the child says so.
    if kind is not FileKind.XLS or ending != ".xlsx":
        said = f"扩展名却是“{ending}”" if ending else "却没有扩展名"
        raise FileRefused(FileReason.ENDING_WRONG, f"文件内容是{_WORDS[kind]}，{said}")
