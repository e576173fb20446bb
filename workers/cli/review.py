"""`xinglin review`: falls below an official grade during the year, and what a named person decides about them."""

from __future__ import annotations

from typing import Annotated

import typer

from credit.store.engine import reading
from credit.store.queries import official
from credit.store.queries.subjects import find
from schemas.papers import PaperKind
from schemas.rights import Right
from schemas.states import ReviewState
from workers.cli.assess import ScaleName, choose_regime
from workers.cli.choices import choose
from workers.cli.common import AsJson, By, Home, Why, deciding, print_json, runtime, screen, tell, telling
from workers.cli.explain import RegimeName
from workers.cli.proposals import propose
from workers.cli.subject import NOT_FOUND, Key
from workers.decisions import persons, proposed, reviews
from workers.decisions.persons import Deed
from workers.decisions.proposed import Signatory
from workers.decisions.reviews import DECISIONS, Resolution
from workers.show.official import show_review, show_reviews
from workers.show.style import GOOD, WAITING, plain
from workers.show.words import word

app = typer.Typer(help="年度内等级下降的复核：列表、查看、作出结论。", no_args_is_help=True)

_NOT_DONE = "没有发出复核结论，等级没有变化。请核对：xinglin review list。"

All = Annotated[bool, typer.Option("--all", help="包括已有结论的。")]


@app.command("list")
def list_reviews(everything: All = False, home: Home = None, as_json: AsJson = False) -> None:
    """列出待复核的等级下降，上报期限最早的在前。"""
    with runtime(home) as opened:
        watcher, regimes = persons.watch(opened, "review list"), opened.reader.regimes
        with reading(opened.engine) as connection:
            found = official.find_reviews(connection, watcher.view, regimes, everything=everything)
        watcher.show(each.row.subject_id for each in found)
    if as_json:
        print_json(found)
    else:
        screen().print(show_reviews(found, regimes))


@app.command("show")
def show(key: Key, regime: RegimeName, home: Home = None, as_json: AsJson = False) -> None:
    """查看一个主体的等级下降：依据的规则、条款和信用记录，以及复核结论。"""
    with runtime(home) as opened, telling(NOT_FOUND):
        by = opened.reader.regimes[choose_regime(regime, opened.reader.regimes)]
        view = persons.look(opened, key, "review show")
        with reading(opened.engine) as connection:
            members = find(connection, key, opened.keyring).members
            found = official.reviews_of(connection, view, by.code, members)
    if as_json:
        print_json(found)
        return
    if not found:
        tell("✓ 没有等级下降。", GOOD)
    for each in found:
        screen().print(show_review(each, by), plain(""))


@app.command("decide")
def decide(
    key: Key,
    regime: RegimeName,
    decision: Annotated[
        str, typer.Option("--decision", help="confirmed 确认、rejected 不予采纳、adjusted 调整。", show_default=False)
    ],
    by: By,
    why: Why,
    grade: Annotated[
        str | None, typer.Option("--grade", help="调整为哪一等级，仅用于 adjusted。", show_default=False)
    ] = None,
    scale: ScaleName = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """对一个主体的等级下降作出复核结论。

    作为报文送入队列，收报并评定后生效。账号已绑定系统用户时，先提交，由另一人复核后送出。
    """
    chosen = ReviewState(choose("--decision", decision, DECISIONS.values()) or decision)
    deed = Deed("review decide", why=why, subjects=(key,), two=True)
    with deciding(home, Right.REVIEW, by, deed) as opened, telling(_NOT_DONE):
        code = choose_regime(regime, opened.reader.regimes)
        fall = reviews.find_open(opened, key, code, scale)
        resolution, person = Resolution(chosen, grade, by, why), persons.find(opened)
        if person.holder is not None:
            wanted = proposed.review(opened, fall, resolution)
            propose(opened, wanted, Signatory(person.holder, person.actor("review decide")), as_json=as_json)
            return
        sent = reviews.decide(opened, fall.row, resolution)
        known = opened.reader.regimes[code].scale(fall.row.scale, fall.row.year)
    if as_json:
        print_json(sent)
        return
    assert known is not None
    tell(f"✓ 已送入队列：{fall.name} 的复核结论为{chosen.word}，等级 {known.grades[sent.grade]}。", GOOD)
    if sent.grade != sent.from_grade and known.during_year is not None and known.during_year.paper is not None:
        paper = known.during_year.paper
        tell(f"收报并评定后生效；随后应送达文书：{word(PaperKind, paper)}（xinglin paper {paper}）。", WAITING)
