"""Fillers in place of numbers: unrelated records stay apart, and what has no number of its own still takes effect."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.builders import NOON, feed_in, message, rows
from workers.runtime import Runtime, open_runtime
from workers.settings import Settings


@pytest.fixture
def runtime(place: Settings) -> Iterator[Runtime]:
    with open_runtime(place, lambda: NOON) as opened:
        yield opened


@pytest.mark.parametrize("filler", ["无", "—", "舞卫〔2026〕号"])
def test_the_permit_number_takes_the_place_of_a_filler(runtime: Runtime, filler: str) -> None:
    feed_in(
        runtime,
        message("licensing.permit", "1", XK_WSH=filler, XK_XKBH="舞卫公字第1号"),
        message("licensing.permit", "2", XK_WSH=filler, XK_XKBH="舞卫公字第2号"),
        message("licensing.permit", "3", XK_WSH=filler, XK_XKBH="/"),
    )
    assert sorted(rows(runtime, "SELECT document_no FROM record")) == [("舞卫公字第1号",), ("舞卫公字第2号",)]
    assert rows(runtime, "SELECT reason FROM parked") == [("number.filler",)]


def test_a_penalty_and_a_target_without_a_number_are_parked(runtime: Runtime) -> None:
    target = {"family": "credit.inspection.penalty", "organ_code": "11410481983690064T", "document_no": "暂无"}
    feed_in(
        runtime,
        message("inspection.penalty", "1", CF_WSH="N/A"),
        message("office.withdrawal", "2", target=target),
    )
    found = rows(runtime, "SELECT reason, detail FROM parked ORDER BY message_key")
    assert [reason for reason, _ in found] == ["number.filler"] * 2
    assert [detail.partition(":")[0] for _, detail in found] == ["CF_WSH", "target.document_no"]


@pytest.mark.parametrize("filler", ["/", "", "无"])
def test_withdrawals_without_a_number_all_work(runtime: Runtime, filler: str) -> None:
    numbers = ("舞卫医罚〔2026〕1号", "舞卫医罚〔2026〕2号")
    organ = "11410481983690064T"
    for number in numbers:
        target = {"family": "credit.inspection.penalty", "organ_code": organ, "document_no": number}
        feed_in(
            runtime,
            message("inspection.penalty", f"p{number}", CF_WSH=number),
            message("office.withdrawal", f"w{number}", target=target, document_no=filler),
        )
    assert rows(runtime, "SELECT state FROM record") == [("withdrawn",)] * 2


def test_a_disputed_act_is_told(runtime: Runtime) -> None:
    for message_id, reason in (("1", "revoked"), ("2", "unlawful")):
        feed_in(runtime, message("office.withdrawal", message_id, reason=reason))
    assert rows(runtime, "SELECT kind FROM alert_case") == [("record-disputed",)]


def test_a_hospital_without_a_code_stays_by_name_and_a_wrong_one_is_named(runtime: Runtime) -> None:
    for message_id, identifiers in (("1", {}), ("2", {"uscc": "无", "licence_no": "/"}), ("3", {"uscc": "12410481"})):
        hospital = {"kind": "organisation", "name": "舞钢市示例村卫生室", **identifiers}
        feed_in(runtime, message("security.offence", message_id, hospital=hospital, document_no=f"{message_id}号"))
    assert rows(runtime, "SELECT count(*) FROM record") == [(2,)]
    ((reason, detail),) = rows(runtime, "SELECT reason, detail FROM parked")
    assert (reason, detail.partition(":")[0]) == ("uscc.check_digit", "hospital")


def test_no_subject_is_renamed_by_a_filler(runtime: Runtime) -> None:
    feed_in(
        runtime,
        message("inspection.penalty", "1", CF_WSH="舞卫医罚〔2026〕1号"),
        message("inspection.penalty", "2", CF_WSH="舞卫医罚〔2026〕2号", CF_XDR_MC="无"),
    )
    ((name,),) = rows(runtime, "SELECT name FROM subject")
    assert name != "无"
    assert rows(runtime, "SELECT reason, detail FROM parked") == [("item.missing", "CF_XDR_MC: is a filler, no name")]
