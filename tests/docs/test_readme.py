from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from workers.cli import app
from workers.papers import fonts

ROOT = Path(__file__).parents[2]
ENGLISH = (ROOT / "README.md").read_text(encoding="utf-8")
CHINESE = (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")
PAGES = sorted([ROOT / "README.md", ROOT / "README.zh-CN.md", *(ROOT / "docs").rglob("*.md")])


def blocks(text: str) -> list[str]:
    return re.findall(r"```\w*\n.*?```", text, re.DOTALL)


def links(text: str) -> list[str]:
    return re.findall(r"\]\(([^)]+)\)", text)


def headings(text: str) -> list[str]:
    return re.findall(r"^(#+) ", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)


def commands(text: str) -> list[str]:
    return re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)


def test_both_readmes_have_the_same_shape() -> None:
    assert headings(CHINESE) == headings(ENGLISH)
    assert blocks(CHINESE) == blocks(ENGLISH)
    assert commands(CHINESE) == commands(ENGLISH)
    assert len(re.findall(r"^(?:-|\d\.) ", CHINESE, re.MULTILINE)) == len(
        re.findall(r"^(?:-|\d\.) ", ENGLISH, re.MULTILINE)
    )


def test_both_readmes_link_to_the_same_pages_and_to_each_other() -> None:
    assert links(ENGLISH)[0] == "README.zh-CN.md"
    assert links(CHINESE)[0] == "README.md"
    assert links(CHINESE)[1:] == links(ENGLISH)[1:]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_links_to_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for link in links(text):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target.read_text(encoding="utf-8")), link


def anchors(text: str) -> set[str]:
    """The anchors that a page's headings get: lower case, spaces as hyphens, no punctuation."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def spoken(lines: list[str], environ: dict[str, str]) -> list[list[str]]:
    """The words that a shell hands to `xinglin`, line by line."""
    script = "\n".join(['xinglin() { printf "%q " "$@"; echo; }', *lines])
    command = ["bash", "-euo", "pipefail", "-c", script]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT, env=environ)
    return [shlex.split(line) for line in done.stdout.splitlines()]


def has_fonts() -> bool:
    try:
        fonts.find()
    except fonts.FontsMissing:
        return False
    return True


@pytest.mark.long(seconds=20)
def test_the_commands_of_the_readme_work_in_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    [block] = [block for block in blocks(ENGLISH) if "xinglin ingest" in block]
    script = block.removeprefix("```sh\n").removesuffix("```")
    path, home, *lines = script.splitlines()
    assert path.startswith("export PATH=")
    assert home.startswith("export XINGLIN_HOME=")
    environ = {"PATH": os.environ["PATH"], "XINGLIN_HOME": str(tmp_path)}
    for words in spoken(lines, environ):
        if words[0] == "paper" and not has_fonts():
            continue
        done = CliRunner().invoke(app, words, env=environ)
        assert done.exit_code == 0, (words, done.output)
    assert len(lines) == len(spoken(lines, environ))
    assert all(command.partition(" ")[0] in script for command in commands(ENGLISH))
