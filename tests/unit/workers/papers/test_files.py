"""The files to edit and to sort, what is said of a regime's papers, and the fonts."""

from __future__ import annotations

import html
import json
import re
import shutil
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Twips
from typer.testing import CliRunner

from credit.grading.loading import load
from schemas.errors import ConfigurationError, XinglinError
from schemas.papers import PaperKind
from schemas.regime.papers import Format
from tests.builders import connectors
from tests.unit.workers.papers.conftest import POLICIES, order, sample
from workers.cli import app, tell_error
from workers.papers import fonts, rules, writing
from workers.papers.listed import KINDS
from workers.papers.pdf import Press
from workers.trials import check_regime

LETTER, GRADES = PaperKind.RESULT_LETTER, PaperKind.GRADE_TABLE
FORMULA = '=HYPERLINK("https://evil.example","点")'


def test_a_letter_to_edit_says_what_the_printed_one_does(press: Press) -> None:
    paper = sample(LETTER)
    how = order("wugang", LETTER, paper)
    made = writing.make(press, how, paper, Format.DOCX)
    document = Document(BytesIO(made))
    texts = [paragraph.text for paragraph in document.paragraphs]
    assert texts[:3] == ["舞钢市医疗机构依法执业信用评价结果告知书", "柳卫信告〔2027〕12号", "青禾医院："]
    assert "2027年1月20日" in texts
    families = [fonts.get(qn("w:eastAsia")) for fonts in document.element.body.iter(qn("w:rFonts"))]
    assert families[0] == "方正小标宋简体"
    assert set(families[1:]) == {"仿宋_GB2312"}
    assert document.sections[0].top_margin == Twips(2098)  # 37 mm
    assert writing.make(press, how, paper, Format.DOCX) == made


def test_a_table_to_edit_repeats_its_head(press: Press) -> None:
    paper = sample(PaperKind.CIRCULAR)
    [table] = Document(
        BytesIO(writing.make(press, order("wugang", PaperKind.CIRCULAR, paper), paper, Format.DOCX))
    ).tables
    assert [cell.text for cell in table.rows[0].cells] == ["序号", "名称", "代码", "等级"]
    assert len([*table.rows[0]._tr.iter(qn("w:tblHeader"))]) == 1
    assert len(table.rows) == 47


def test_a_list_to_sort_holds_text_and_no_formula(press: Press) -> None:
    entries = [
        {"name": FORMULA, "code": "410481198001019133", "grade": "+1", "score": "92.50"},
        {"name": "@x", "code": "1", "grade": "差"},
    ]
    paper = sample(GRADES, entries=entries)
    how = order("wugang", GRADES, paper)
    made = writing.make(press, how, paper, Format.XLSX)
    with ZipFile(BytesIO(made)) as book:
        sheet, strings = (book.read(f"xl/{name}").decode() for name in ("worksheets/sheet1.xml", "sharedStrings.xml"))
    assert "<f>" not in sheet
    assert set(re.findall(r'<c [^>]*t="(\w+)"', sheet)) == {"s"}
    assert {"92.50", "+1", "@x", html.escape(FORMULA, quote=False)} <= set(re.findall(r"<t[^>]*>([^<]*)</t>", strings))
    assert "hyperlink" not in sheet.lower()
    assert writing.make(press, how, paper, Format.XLSX) == made


def test_a_format_that_the_authority_does_not_use_is_refused(press: Press) -> None:
    paper = sample(LETTER)
    with pytest.raises(ConfigurationError, match=r"no xlsx of this paper; papers\.yaml has: pdf, docx"):
        writing.make(press, order("wugang", LETTER, paper), paper, Format.XLSX)


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    folder = tmp_path / "policies"
    for part in ("papers", "regimes/wugang"):
        shutil.copytree(POLICIES / part, folder / part)
    return folder


def rewrite(policies: Path, before: str, after: str) -> None:
    file = policies / "regimes" / "wugang" / "papers.yaml"
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("result-letter:", "resultleter:", r"papers\.yaml:\d+: .*resultleter"),
        ("papers/result-letter.typ", "papers/result-leter.typ", r"papers\.yaml:\d+: .*result-leter\.typ is not there"),
        ("template: regimes/wugang/papers/board.typ", "template: ../board.typ", r"papers\.yaml:\d+: .*template"),
        ("formats: [pdf, docx]", "formats: [pdf, doc]", r"papers\.yaml:\d+: .*formats"),
        ("formats: [pdf, docx]", "formats: [pdf, pdf]", "names a format twice"),
        ("        confidence: medium\n", "", r"papers\.yaml:\d+: .*confidence"),
        ("    office:", "    ofice:", "did you mean 'office'"),
    ],
)
def test_a_mistake_in_papers_yaml_is_named_with_its_line(policies: Path, before: str, after: str, message: str) -> None:
    rewrite(policies, before, after)
    with pytest.raises(ConfigurationError, match=message):
        rules.read(policies / "regimes" / "wugang", policies)


def test_policy_check_reads_papers_too(policies: Path) -> None:
    (policies / "national").mkdir()
    home = policies / "regimes" / "wugang"
    open_papers = [each.place for each in check_regime(home).open if each.file.endswith("papers.yaml")]
    assert "editions[0].papers.bulletin" in open_papers
    assert "editions[0].papers.board" not in open_papers
    rewrite(policies, "downgrade-notice:", "repair-notice-2:")
    with pytest.raises(ConfigurationError, match=r"papers\.yaml:\d+: .*repair-notice-2"):
        check_regime(home)


def test_a_paper_that_the_regime_sends_must_be_there(policies: Path) -> None:
    (policies / "national").mkdir()
    file = policies / "regimes" / "wugang" / "regime.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("downgrade-notice", "downgrade-notices"), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"regime\.yaml:\d+: .*did you mean 'downgrade-notice'"):
        check_regime(file.parent)


def test_a_paper_follows_the_edition_of_its_day(policies: Path) -> None:
    file = policies / "regimes" / "wugang" / "papers.yaml"
    text = file.read_text(encoding="utf-8")
    _, head, edition = text.partition("  - effective_from: 2021-09-01")
    later = ("  - effective_from: 2027-03-01" + edition).replace("评价结果告知书", "评价结果通知", 1)
    file.write_text(text + later, encoding="utf-8")
    assert head
    titles = {
        day: order("wugang", LETTER, sample(LETTER, issued_on=day), policies).rule.title
        for day in ("2027-02-28", "2027-03-01")
    }
    assert [title[-3:] for title in titles.values()] == ["告知书", "果通知"]
    with pytest.raises(ConfigurationError, match="has no result-letter on 2021-08-31"):
        order("wugang", LETTER, sample(LETTER, issued_on="2021-08-31"), policies)


def test_an_authority_changes_the_wording_in_its_own_template(press: Press, policies: Path) -> None:
    template = policies / "regimes" / "wugang" / "papers" / "result-letter.typ"
    template.write_text(
        template.read_text(encoding="utf-8").replace("没有降低信用级别的情形", "无扣减情形"), encoding="utf-8"
    )
    paper = sample(LETTER, reasons=[])
    assert press is not None
    parts = Press(policies).take_apart(order("wugang", LETTER, paper, policies), paper)
    assert "本年度无扣减情形。" in [getattr(part, "text", "") for part in parts]


def test_every_list_that_is_announced_has_its_paper() -> None:
    regimes = load(POLICIES / "regimes", connectors().models())
    lacking = []
    for code, regime in regimes.items():
        papers = rules.read(POLICIES / "regimes" / code, POLICIES).value.editions[-1].papers
        editions = regime.lists.editions if regime.lists is not None else ()
        announced = [each for edition in editions for each in edition.lists if each.published]
        lacking += [
            f"{code} {each.id}"
            for each in announced
            if not any(each.kind in KINDS[kind] for kind in KINDS.keys() & papers)
        ]
    assert regimes
    assert lacking == []


def test_without_fonts_it_is_said_in_chinese_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "standard", lambda: (tmp_path,))
    with pytest.raises(fonts.FontsMissing, match=r"run deploy/setup/fonts\.sh") as missing:
        fonts.find()
    [note] = missing.value.__notes__
    assert note.startswith("缺少印制文书所需的字体：FandolFang-Regular.otf、")
    assert "deploy/setup/fonts.sh" in note


def test_a_folder_of_fonts_that_is_not_there_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="XINGLIN_FONTS is /nowhere, which is no folder"):
        fonts.find(Path("/nowhere"))


def test_an_authoritys_own_fonts_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "standard", lambda: (tmp_path / "free",))
    (tmp_path / "free").mkdir()
    (tmp_path / "own").mkdir()
    for name in fonts.NEEDED:
        (tmp_path / "free" / name).touch()
    assert fonts.find(tmp_path / "own") == (tmp_path / "own", tmp_path / "free")


def give(*words: str) -> tuple[int, str]:
    shown = CliRunner().invoke(app, ["paper", *words])
    error = tell_error(shown.exception).plain if isinstance(shown.exception, XinglinError) else ""
    return shown.exit_code, shown.output + error


def write_data(folder: Path, value: Any) -> str:
    file = folder / "data.json"
    file.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    return str(file)


def test_many_letters_go_into_a_folder_and_one_that_is_refused_keeps_no_other_back(
    press: Press, tmp_path: Path
) -> None:
    assert press is not None
    data = json.loads(sample(LETTER).model_dump_json())
    names = ["青禾医院", "青禾医院", "笑😀医院", "../../逃逸/医院"]
    letters = [data | {"subject": data["subject"] | {"name": name}} for name in names]
    out = tmp_path / "out"
    code, shown = give(
        "result-letter", "--regime", "wugang", "--data", write_data(tmp_path, letters), "--out", str(out)
    )
    assert code == 1
    title = "舞钢市医疗机构依法执业信用评价结果告知书-91410481MA9TW3X02Q"
    assert sorted(file.name for file in out.iterdir()) == sorted(
        [f"{title}-青禾医院.pdf", f"{title}-青禾医院-2.pdf", f"{title}-逃逸医院.pdf"]
    )
    assert "✓ 已写出 3 份" in shown
    assert "✗ 未写出" in shown
    assert "could not be displayed" in shown


def test_data_with_mistakes_print_nothing_and_show_no_value(tmp_path: Path) -> None:
    bad = write_data(tmp_path, {"issued_on": "41048120000229101X", "grade": 5, "fresh": "41048120000229101X"})
    code, shown = give("result-letter", "--regime", "wugang", "--data", bad, "--out", str(tmp_path / "x.pdf"))
    assert code == 1
    assert "文书数据有误，未印制任何文书" in shown
    assert "[0].subject: Field required" in shown
    assert "41048120000229101X" not in shown
    assert not (tmp_path / "x.pdf").exists()


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["letter", "--regime", "wugang"], "是否指 'result-letter'"),
        (["结果", "--regime", "wugang"], "可选"),
        (["result-letter", "--regime", "wugan"], "wugang"),
        (["result-letter", "--regime", "wugang", "--format", "doc"], "docx"),
    ],
)
def test_a_wrong_word_is_refused_with_what_was_probably_meant(tmp_path: Path, words: list[str], hint: str) -> None:
    code, shown = give(*words, "--data", write_data(tmp_path, {}), "--out", str(tmp_path))
    assert code == 2
    assert hint in re.sub(r"[\s│]+", " ", shown)
