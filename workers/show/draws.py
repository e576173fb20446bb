"""Draws as officials see them: what proves them, who was drawn, who goes there; and the plan against visits made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import orjson
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from credit.grading.draws import Why
from credit.grading.rows import DrawRow
from credit.store.draws import Proof
from credit.store.queries.draws import HeldDraw, Person, Planned, Substitution
from workers.show.style import ALARM, GOOD, QUIET, WAITING, moment, new_table, plain, show_code, stack

_NOTHING = "没有举行过抽取。"
_UNGRADED = "未评级"


def show_draws(rows: Sequence[DrawRow]) -> RenderableType:
    """Show the draws that were held."""
    if not rows:
        return plain(_NOTHING, QUIET)
    right = ("对象", "检查")
    table = new_table(f"双随机抽取（{len(rows)} 次）", "编号 / 名称", "抽取时间 / 主持", "种子", *right, right=right)
    for row in rows:
        report = orjson.loads(row.report)
        table.add_row(
            stack(row.draw_no, report["name"]),
            stack(moment(row.drawn_at), row.by),
            plain(row.seed),
            plain(f"{report['population']:,}"),
            plain(f"{report['visits']:,}"),
        )
    return table


def show_draw(held: HeldDraw) -> RenderableType:
    """Show a draw: seed and digest, the lots of the grades, and each visit."""
    row, proof = held.row, held.proof
    head = plain(f"{proof['name']} {row.draw_no}\n", "bold")
    load = f"{proof['least_visits']} 至 {proof['most_visits']}"
    lines = (
        f"依据：{proof['clause']}",
        f"种子：{row.seed}",
        f"名单摘要（SHA-256）：{row.population}",
        f"抽取：{moment(row.drawn_at)}，{row.by}",
        f"执法人员：{proof['inspectors']} 人，每次 {proof['together']} 人，每人 {load} 次",
    )
    head.append(plain("\n".join(lines)))
    return Group(head, Text(), _show_lots(proof), _show_visits(held))


def _name_grade(grade: str | None, proof: Mapping[str, Any]) -> str:
    return _UNGRADED if grade is None else str(proof["grades"].get(grade, grade))


def _show_lots(proof: Mapping[str, Any]) -> Table:
    right = ("对象", "比例", "随机抽中", "另须必查", "合计")
    table = new_table("各等级抽取", "等级", *right, right=right)
    for lot in proof["lots"]:
        table.add_row(
            plain(_name_grade(lot["grade"], proof)),
            plain(f"{lot['population']:,}"),
            plain(_percent(lot["share"])),
            plain(f"{lot['drawn']:,}"),
            plain(f"{lot['besides']:,}"),
            plain(f"{lot['drawn'] + lot['besides']:,}"),
        )
    return table


def _percent(share: str) -> str:
    return f"{(Decimal(share) * 100).normalize():f}%"


def _show_visits(held: HeldDraw) -> Table:
    title = f"检查对象（{len(held.visits)} 个，按顺位）"
    table = new_table(title, "顺位", "对象", "等级", "缘由", "执法人员", right={"顺位"}, whole={"缘由"})
    for each in held.visits:
        table.add_row(
            plain(each.place),
            stack(each.name, each.identifier),
            plain(_name_grade(each.grade, held.proof)),
            show_code(Why(each.why)),
            stack("、".join(map(_name, each.inspectors)), *map(_say_replaced, each.replaced)),
        )
    return table


def _name(person: Person) -> str:
    return f"{person.name}（{person.certificate_no}）" if person.certificate_no else person.name


def _say_replaced(each: Substitution) -> str:
    return f"{each.inspector.name} 改为 {each.instead.name}（{each.by}：{each.why}）"


def show_proof(proof: Proof) -> Text:
    """Say whether a draw comes out the same again, and what does not."""
    if not proof.differences:
        return plain("✓ 以留存的种子和名单重新抽取，结果一致", GOOD)
    said = plain(f"✗ 重新抽取，结果有 {len(proof.differences)} 处不符：", ALARM)
    for each in proof.differences:
        said.append(plain(f"\n{each}"))
    return said


def show_plan(found: Sequence[Planned], shown: Sequence[Planned]) -> RenderableType:
    """Show how the plan stands by its rules, and each subject that is to be seen."""
    if not found:
        return plain("没有检查计划所及的对象。", QUIET)
    subjects = Counter(each.rule for each in found)
    right = ("对象", "应查", "已查", "不足的对象", "超次的对象")
    rules = new_table("检查计划", "规则", "次数", *right, right=right)
    for rule in sorted(subjects):
        mine = [each for each in found if each.rule == rule]
        rules.add_row(
            stack(mine[0].rule_name, rule),
            plain(say_often(mine[0])),
            plain(f"{len(mine):,}"),
            plain(f"{sum(each.at_least for each in mine):,}"),
            plain(f"{sum(each.done for each in mine):,}"),
            plain(f"{sum(each.missing > 0 for each in mine):,}", WAITING),
            plain(f"{sum(each.beyond > 0 for each in mine):,}"),
        )
    table = new_table(
        f"各对象（{len(shown):,} 个）", "对象", "规则", "应查", "已查", "尚缺", right={"应查", "已查", "尚缺"}
    )
    for each in shown:
        table.add_row(
            stack(each.name, each.subject_id),
            stack(each.rule_name, each.clause),
            plain(say_often(each)),
            plain(f"{each.done}", ALARM if each.beyond else ""),
            plain(f"{each.missing}", WAITING if each.missing else QUIET),
        )
    return Group(rules, table)


def say_often(each: Planned) -> str:
    """Say how often a subject is to be inspected."""
    span = "每年" if each.years == 1 else f"每 {each.years} 年"
    if each.at_most is None:
        return f"{span}至少 {each.at_least} 次"
    return (
        f"{span} {each.at_least} 次" if each.at_most == each.at_least else f"{span} {each.at_least}–{each.at_most} 次"
    )
