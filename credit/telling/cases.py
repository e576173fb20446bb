"""What a person has to look at and only intake, relay or scheduler saw: each is a case, and an alert groups them.

A case that is seen again after it was closed is open again.
"""

from __future__ import annotations

from datetime import datetime

from credit.record.ids import record_id
from credit.record.merging import Head
from credit.record.rows import CaseRow
from schemas.alerts import AlertKind
from schemas.party import RecordKey


def disputed(key: RecordKey, head: Head, now: datetime) -> CaseRow:
    """Return that a source contradicts itself about a record; closed once the record is disputed no longer."""
    detail = f"{key.document_no} 第 {head.revision} 版先后内容不同，请向来源单位核实"
    return _of_record(AlertKind.RECORD_DISPUTED, key, detail, now)


def party_disputed(key: RecordKey, head: Head, now: datetime) -> CaseRow:
    """Return that one document number names two parties, of whom one has the record; closed when it is split."""
    detail = (
        f"{key.document_no} 先后所称当事人不同（至第 {head.revision} 版），只归入其中之一，"
        "请来源单位以“之二”等后缀区分文号，或由人工拆分（xinglin record parties）"
    )
    return _of_record(AlertKind.PARTY_DISPUTED, key, detail, now)


def split_target(key: RecordKey, document_no: str, now: datetime) -> CaseRow:
    """Return that an act names a document number that several parties have: it is about one record."""
    detail = (
        f"{key.document_no} 针对的文号 {document_no} 已按当事人拆分，该处理只作用于原文号下的记录，"
        "请核实是否还应作用于“之二”等记录"
    )
    return _of_record(AlertKind.SPLIT_TARGET, key, detail, now)


def withdrawn_revised(key: RecordKey, head: Head, now: datetime) -> CaseRow:
    """Return that a source revises a record that was withdrawn as entered in error."""
    detail = (
        f"{key.document_no} 已作为录入错误撤回，来源单位又发来第 {head.revision} 版；撤回仍然有效，请向来源单位核实"
    )
    return _of_record(AlertKind.WITHDRAWN_REVISED, key, detail, now)


def number_unsound(subject_id: str, now: datetime) -> CaseRow:
    """Return that nobody is told of a subject, because the number on file is not its own."""
    detail = f"主体 {subject_id} 在档号码无法打开或属于他人，已停止就其发出通知和报送，请运行 xinglin verify 核查"
    return CaseRow(AlertKind.NUMBER_UNSOUND.value, subject_id, "", subject_id, detail, now)


def outbox_forgotten(first: str, found: int, void: int, now: datetime) -> CaseRow:
    """Return that messages in the outbox would never have been sent; `first` is the id of the first one."""
    detail = (
        f"发件箱中有 {found} 份消息此前无人发送，其中 {found - void} 份现已补发，{void} 份已被其后的消息取代，不再发送"
    )
    return CaseRow(AlertKind.OUTBOX_FORGOTTEN.value, first, "", first, detail, now)


def _of_record(kind: AlertKind, key: RecordKey, detail: str, now: datetime) -> CaseRow:
    return CaseRow(kind.value, record_id(key), key.organ_code, key.document_no, detail, now)
