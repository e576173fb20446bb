"""Grades and lists: official and current results, who is on a list, falls to be reviewed, and the policies behind."""

from __future__ import annotations

from collections.abc import Mapping

from credit.grading.regime import Regime
from credit.grading.rows import OfficialRow
from credit.store.queries import assessment, official
from credit.store.queries.assessment import Listed
from credit.store.queries.official import Fall, Standing
from credit.store.queries.page import Part
from schemas.rights import Right
from schemas.states import Decided, EntryState, ReviewState
from schemas.words import Tone
from workers.console.asked import Asked, Incomplete, Missing
from workers.console.drawn import draw
from workers.console.screens import Button, Cell, Column, Filter, Listing, Menu, Page, Screen, code
from workers.show.official import show_review
from workers.show.regime import outline, show_outline
from workers.show.standings import find_list, name_grade
from workers.show.style import day

_OFFICIAL, _CURRENT, _NOT_ASSESSED = "official", "current", "not-assessed"
_KINDS = {_CURRENT: "当前等级", _OFFICIAL: "正式等级", _NOT_ASSESSED: "未能评定"}


def find_regime(asked: Asked) -> Regime | None:
    """Return the regime that an address names, by default the first; None where none is followed.

    Raises:
        Missing: it names one that is not followed.
    """
    regimes = asked.runtime.reader.regimes
    named = asked.query("regime") or next(iter(regimes), "")
    if named and named not in regimes:
        raise Missing("没有这个评价制度，或者没有启用。")
    return regimes.get(named)


def why_not_try(asked: Asked) -> str | None:
    """Return why an account may not try a policy, in Chinese: what it changes is counted over all organs."""
    if asked.holder.organs is None:
        return None
    return "试改政策要推演全部主体，须由权限包括全部单位的人员办理。"


def regime_filter(asked: Asked) -> Filter:
    """Return the field by which a regime is chosen."""
    return Filter("regime", "评价制度", {name: each.name for name, each in asked.runtime.reader.regimes.items()})


def read_year(asked: Asked) -> int:
    """Return the year that a form or an address names, by default the present one.

    Raises:
        Incomplete: it is none.
    """
    text = asked.text("year") or asked.query("year")
    if not text:
        return asked.view().today.year
    if not (text.isascii() and text.isdecimal() and 1949 <= int(text) <= 2199):
        raise Incomplete("年度应为四位数字，如 2026。")
    return int(text)


def _show_grades(asked: Asked) -> Listing[Standing]:
    regime, year, kind = find_regime(asked), read_year(asked), asked.query("kind") or _CURRENT
    scales = _scales_of(regime, year)
    scale = asked.query("scale") or next(iter(scales), "")
    rows = _read_grades(asked, kind, regime.code, scale, year) if regime is not None and scale else []
    regimes = asked.runtime.reader.regimes
    grades = _grades_of(regime, scale, year)
    said = f"{regime.name} {year} 年度 {scales.get(scale, '')}：{_KINDS.get(kind, '')}" if regime else None
    return Listing(
        "信用等级",
        (
            Column("名称", lambda each: Cell(each.name, f"/subjects/{each.row.subject_id}")),
            Column("证照号码", lambda each: each.identifier),
            Column("等级", lambda each: name_grade(regimes, each.row.regime, scale, year, each.row.grade)),
            Column("得分", lambda each: each.row.number or "—", number=True),
            Column("评定", _decided),
            Column("原因", lambda each: "；".join(reason.effect for reason in each.reasons)),
            Column("说明", lambda each: Cell("说明", f"/explain/{each.row.subject_id}?regime={each.row.regime}")),
        ),
        rows,
        empty="没有符合条件的结果。" if regime else "没有启用评价制度。",
        after=rows[-1].row.subject_id if len(rows) == asked.limit else None,
        about=lambda each: each.row.subject_id,
        filters=(
            regime_filter(asked),
            Filter("scale", "评价标准", scales),
            Filter("year", "年度", kind="number"),
            Filter("kind", "结果", _KINDS),
            Filter("grade", "等级", grades),
        ),
        note=said,
    )


def _scales_of(regime: Regime | None, year: int) -> Mapping[str, str]:
    edition = regime.edition(year) if regime is not None else None
    return {each.id: each.name for each in edition.scales} if edition is not None else {}


def _grades_of(regime: Regime | None, scale: str, year: int) -> Mapping[str, str]:
    found = regime.scale(scale, year) if regime is not None else None
    return found.grades if found is not None else {}


def _read_grades(asked: Asked, kind: str, regime: str, scale: str, year: int) -> list[Standing]:
    view, part, wanted = asked.view(), Part(asked.query("after"), asked.limit), asked.query("grade") or None
    with asked.reading() as connection:
        if kind == _OFFICIAL:
            return official.find_table(connection, view, regime, scale, year, part, wanted)
        if kind == _NOT_ASSESSED:
            return official.find_not_assessed(connection, view, regime, year, part)
        return official.find_current(connection, view, regime, scale, year, part, wanted)


def _decided(each: Standing) -> str:
    row = each.row
    return f"{Decided(row.cause).word} {day(row.decided_on)}" if isinstance(row, OfficialRow) else day(row.as_of)


def _show_lists(asked: Asked) -> Listing[Listed]:
    regime = find_regime(asked)
    editions = regime.lists.editions if regime is not None and regime.lists is not None else ()
    lists = {each.id: each.name for edition in editions for each in edition.lists}
    list_id = asked.query("list") or next(iter(lists), "")
    state = asked.query("state")
    states = [EntryState(state)] if state in set(EntryState) else [EntryState.LISTED, EntryState.PREPARED]
    rows: list[Listed] = []
    if regime is not None and list_id:
        part = Part(asked.query("after"), asked.limit)
        with asked.reading() as connection:
            rows = assessment.find_listed(connection, asked.view(), regime.code, list_id, part, states)
    known = find_list(regime, list_id) if regime is not None and list_id else None
    subjects = {each.row.subject_id for each in rows}
    return Listing(
        "名单",
        (
            Column("名称", lambda each: Cell(each.name, f"/subjects/{each.row.subject_id}")),
            Column("证照号码", lambda each: each.identifier),
            Column("年度", lambda each: str(each.row.year or "—")),
            Column("状态", lambda each: code(each.state)),
            Column("列入", lambda each: day(each.row.since)),
            Column("期限", lambda each: day(each.row.until)),
            Column("移出", lambda each: day(each.row.left_on)),
            Column("原因", lambda each: "；".join(reason.effect for reason in each.reasons)),
            Column("依据", lambda each: "；".join(dict.fromkeys(reason.clause for reason in each.reasons))),
        ),
        rows,
        empty="名单上没有符合条件的对象。" if lists else "没有启用有名单的评价制度。",
        after=rows[-1].row.subject_id if len(subjects) == asked.limit else None,
        about=lambda each: each.row.subject_id,
        filters=(
            regime_filter(asked),
            Filter("list", "名单", lists),
            Filter("state", "状态", {each.value: each.word for each in EntryState}),
        ),
        note=f"{regime.name}：{known.name}" if regime is not None and known is not None else None,
    )


def _show_reviews(asked: Asked) -> Listing[Fall]:
    regimes = asked.runtime.reader.regimes
    everything = asked.query("state") == "all"
    with asked.reading() as connection:
        part = Part(asked.query("after"), asked.limit)
        page = official.find_reviews(connection, asked.view(), regimes, part, everything=everything)

    def change(each: Fall) -> str:
        row = each.row
        grades = (row.from_grade, row.to_grade)
        return " → ".join(name_grade(regimes, row.regime, row.scale, row.year, grade) for grade in grades)

    return Listing(
        "等级下降的复核",
        (
            Column("上报期限", lambda each: Cell(day(each.row.report_by), tone=Tone.ALARM if each.overdue else None)),
            Column("名称", lambda each: Cell(each.name, f"/reviews/{each.row.regime}/{each.row.subject_id}")),
            Column("证照号码", lambda each: each.identifier),
            Column("评价制度", lambda each: regimes[each.row.regime].name),
            Column("年度", lambda each: str(each.row.year)),
            Column("等级", change),
            Column("状态", lambda each: code(each.state)),
            Column("原因", lambda each: "；".join(reason.effect for reason in each.reasons)),
        ),
        page,
        empty="没有待复核的等级下降。",
        after=official.key_of(page[-1].row) if len(page) == asked.limit else None,
        about=lambda each: each.row.subject_id,
        filters=(Filter("state", "范围", {"open": "待复核的", "all": "包括已有结论的"}),),
    )


def _show_review(asked: Asked) -> Page:
    regime = asked.runtime.reader.regimes.get(asked.path("regime"))
    if regime is None:
        raise Missing("没有这个评价制度，或者没有启用。")
    with asked.reading() as connection:
        found = official.reviews_of(connection, asked.view(), regime.code, [asked.path("subject")])
    if not found:
        raise Missing("该主体没有等级下降，或者不在您的查询范围内。")
    return Page(
        "blocks_page.html",
        {
            "title": f"等级下降：{found[0].name}",
            "drawn": draw(*(show_review(each, regime) for each in found)),
            "actions": (
                Button("信用档案", f"/subjects/{found[0].row.subject_id}"),
                Button("等级说明", f"/explain/{found[0].row.subject_id}?regime={regime.code}"),
                *(
                    Button(
                        "作出复核结论",
                        f"/reviews/{regime.code}/{each.row.scale}/{each.row.subject_id}",
                        asked.why_not(Right.REVIEW),
                        primary=True,
                    )
                    for each in found
                    if each.state is ReviewState.OPEN
                ),
            ),
            "back": ("回到列表", "/reviews"),
        },
        about=[each.row.subject_id for each in found],
    )


def _show_policies(asked: Asked) -> Page:
    regime = find_regime(asked)
    if regime is None:
        return Page("blocks_page.html", {"drawn": (), "note": "没有启用评价制度。"})
    return Page(
        "blocks_page.html",
        {
            "title": f"政策：{regime.name}",
            "note": "每条规则附其依据；原文未规定、待主管部门确认的，注明在依据之后。",
            "fields": (regime_filter(asked),),
            "said": {"regime": regime.code},
            "actions": (Button("试改政策", f"/policies/what-if?regime={regime.code}", why_not_try(asked)),),
            "drawn": draw(show_outline(outline(regime, asked.view().today))),
        },
    )


SCREENS = (
    Screen("/grades", "信用等级", Right.LOOK, _show_grades, menu=Menu.GRADES),
    Screen("/lists", "名单", Right.LOOK, _show_lists, menu=Menu.GRADES),
    Screen("/reviews", "等级下降的复核", Right.LOOK, _show_reviews, menu=Menu.GRADES),
    Screen("/reviews/{regime}/{subject}", "等级下降", Right.LOOK, _show_review),
    Screen("/policies", "政策", Right.POLICY, _show_policies, menu=Menu.GRADES),
)
