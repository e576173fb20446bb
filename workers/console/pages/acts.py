"""Acts whose record has not come: nothing follows from them, and nobody sees them on the page of a record."""

from __future__ import annotations

import json
from urllib.parse import quote

from credit.store.queries.arrivals import read_kept
from credit.store.queries.page import Part
from credit.store.queries.targets import Waiting, count_parties, find_on_file, find_waiting, read_act
from schemas.party import record_key
from schemas.rights import Right
from schemas.statement import Act, ActKind
from workers.console.asked import Asked, Missing
from workers.console.entry.acts import find_steps
from workers.console.screens import Button, Cell, Column, Filter, Listing, Menu, Page, Screen, Shown, nobody
from workers.reading import state
from workers.show.style import day, moment
from workers.show.words import say


def _list_waiting(asked: Asked) -> Listing[Waiting]:
    names = asked.names
    with asked.reading() as connection:
        rows = find_waiting(
            connection, asked.view(), Part(asked.query("after"), asked.limit), asked.query("organ") or None
        )
    return Listing(
        "记录未到的文书",
        (
            Column("文号", lambda row: Cell(row.document_no, f"/acts/{row.record_id}")),
            Column("事项", lambda row: say(names.vocabulary.titles, row.family)),
            Column("状态", lambda row: names.vocabulary.state(row.family, row.act_state)),
            Column("机关", lambda row: say(names.organs, row.organ_code)),
            Column("发生日期", lambda row: day(row.occurred_on)),
            Column("自何时等待", lambda row: moment(row.known_at)),
        ),
        rows,
        empty="没有所涉记录未到的撤销、异议、修复或告知。",
        note=(
            "所涉的记录没有收到，这些文书还没有效力；记录到达即生效。久等不到的，请来源单位核对所写的业务类型和文号。"
            "表彰、名单列有多个当事人而文书没有写明是哪一个的，也在这里。"
        ),
        after=rows[-1].after if len(rows) == asked.limit else None,
        about=nobody,
        filters=(Filter("organ", "机关", names.organs),),
    )


def _show_act(asked: Asked) -> Shown:
    """Show an act whose record has not come; of any other the record that it is about shows it."""
    with asked.reading() as connection:
        found = find_on_file(connection, asked.path("act"), asked.view())
        row = read_act(connection, asked.path("act")) if found is not None else None
        kept = read_kept(connection, [row.stated_by], asked.runtime.keyring) if row is not None else {}
    if found is None or row is None:
        raise Missing("没有这项文书，或者不在您的查询范围内。")
    if found.about is not None:
        return asked.go(f"/subjects/{found.subject_id}/records/{quote(found.about, safe='')}")
    names, by = asked.names, kept.get(row.stated_by)
    said = state(asked.runtime.reader.registry, by.raw, json.loads(by.headers)) if by is not None else None
    target = said.target if isinstance(said, Act) else None
    with asked.reading() as connection:
        parties = count_parties(connection, target) if target is not None and not target.party_mark else 0
    title, own = say(names.vocabulary.titles, row.family), record_key(row.family, row.organ_code, row.document_no)
    return Page(
        "act.html",
        {
            "title": f"{title} {row.document_no}",
            "facts_of": [
                ("状态", names.vocabulary.state(row.family, row.act_state)),
                ("决定机关", say(names.organs, row.organ_code)),
                ("发生日期", day(row.occurred_on)),
                ("报文", row.stated_by),
                ("自何时等待", moment(row.known_at)),
                ("所涉业务类型", say(names.vocabulary.titles, target.family) if target else "—"),
                ("所涉决定机关", say(names.organs, target.organ_code) if target else "—"),
                ("所涉文书号", target.document_no if target else "—"),
                ("为何等待", _say_why(parties)),
            ],
            "actions": [Button(*each) for each in find_steps(asked, own, row.record_id, ActKind.WITHDRAWAL)],
        },
    )


def _say_why(parties: int) -> str:
    if parties < 2:
        return "所涉的记录没有收到。"
    return (
        f"所涉的文书列有 {parties} 个当事人，没有写明是哪一个。请在那个当事人的记录上办理，"
        "或者请来源单位写明当事人标识后重新报送（修订版次加一）。"
    )


SCREENS = (
    Screen("/acts", "记录未到的文书", Right.LOOK, _list_waiting, menu=Menu.RECORDS),
    Screen("/acts/{act}", "记录未到的文书", Right.LOOK, _show_act),
)
