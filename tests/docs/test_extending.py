from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from ruamel.yaml import YAML

from credit.routing.admission import ALGORITHMS
from schemas import wire
from tests.docs.extending import EXAMPLE, ROOT, SAMPLE, Site, build

PAGE = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
SUBJECT = "52410481MJ0K3A7X6Y"
SHOWN_FILES = re.findall(r"\]\(extending/example/([^)]+)\):\n\n```\w+\n(.*?)```", PAGE, re.DOTALL)
PRIVATE_KEY = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
"""Of the first test vector of RFC 8032; the page shows its public half."""

pytestmark = pytest.mark.long(seconds=20)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example as it was built and installed once; a site installs it by copying."""
    folder = tmp_path_factory.mktemp("example")
    build(folder)
    return folder / "packages"


@pytest.fixture
def site(tmp_path: Path, built: Path) -> Site:
    return Site(tmp_path, built)


def test_a_connector_of_a_third_party_is_found_and_its_message_becomes_a_record(site: Site) -> None:
    site.install()
    site.configure()
    ledger = site.ask("ingest", str(SAMPLE))
    assert (ledger["received"], ledger["applied"], ledger["balanced"]) == (1, 1, True)
    [record] = site.ask("subject", SUBJECT)["records"]
    assert record["family"] == "civil.elderly-care.inspection"
    assert record["category"] == "check"
    assert record["items"] == {"result": "unqualified", "finding": "未按规定落实消防安全管理，逾期未整改。"}
    assert record["severity"] == "general"
    assert "养老机构监督检查不合格" in json.dumps(record, ensure_ascii=False)


def test_officials_read_its_record_in_chinese_and_in_the_order_of_its_fields(site: Site) -> None:
    site.install()
    site.configure()
    site.run("ingest", str(SAMPLE))
    lines = site.run("subject", SUBJECT, "--explain").splitlines()
    said = [[cell.strip() for cell in line.strip("│ ").split("  ") if cell.strip()] for line in lines]
    place = next(place for place, cells in enumerate(said) if cells[:2] == ["检查结果", "不合格"])
    assert said[place + 1][:2] == ["检查情况", "未按规定落实消防安全管理，逾期未整改。"]


def test_its_type_is_in_the_contract_that_is_written_for_those_who_send(site: Site) -> None:
    site.install()
    site.configure()
    written = site.ask("contract", "contract")
    assert (written["unrouted"], written["stale"]) == ([], [])
    schema = json.loads((site.folder / "contract" / "civil.elderly-care.inspection.v1.json").read_text("utf-8"))
    assert schema["title"] == "养老机构监督检查"
    result = schema["properties"]["result"]
    assert (result["title"], result["x-words"]["rectify"]) == ("检查结果", "限期整改")
    document = YAML(typ="safe").load(site.folder / "contract" / "asyncapi.yaml")
    [queue] = YAML(typ="safe").load(EXAMPLE / "additions" / "routing.yaml")["broker"]["inbound"]
    [channel] = [each for each in document["channels"].values() if each["address"] == queue]
    assert list(channel["messages"]) == ["civil_elderly_care_inspection_v1"]


def test_its_ground_reaches_the_agency_that_the_route_names(site: Site) -> None:
    site.install()
    site.configure()
    # Of today: the command looks by the clock on the wall, and an agency is not told of what is long past.
    today = datetime.now(UTC)
    event = json.loads(SAMPLE.read_text("utf-8")) | {"time": today.isoformat()}
    event["data"] |= {"occurred_on": f"{today:%Y-%m-%d}"}
    recent = site.folder / "inspection.json"
    recent.write_text(json.dumps(event, ensure_ascii=False), "utf-8")
    site.run("ingest", str(recent))
    [notice] = site.ask("notices", "--subject", SUBJECT)
    assert (notice["agency"], notice["ground"]) == ("health", "unsafe-elderly-care")
    assert [measure["code"] for measure in notice["measures"]] == ["M09"]


def test_what_came_before_the_connector_is_parked_and_taken_in_afterwards(site: Site) -> None:
    site.route()
    assert site.ask("ingest", str(SAMPLE))["parked"] == 1
    [parked] = site.ask("parked", "list")
    assert parked["reason"] == "type.unknown"
    site.install()
    site.configure()
    site.run("parked", "replay", str(parked["parked_id"]), "--by", "王芳")
    assert site.ask("parked", "list") == []
    assert len(site.ask("subject", SUBJECT)["records"]) == 1


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (
            "routing.yaml",
            "family: civil.elderly-care.inspection",
            "family: civil.elderly-care.inspektion",
            "no connector reads 'civil.elderly-care.inspektion' (did you mean 'civil.elderly-care.inspection'?)",
        ),
        (
            "policies/national/severity.yaml",
            "family: civil.elderly-care.inspection, items: {result:",
            "family: civil.elderly-care.inspection, items: {reslut:",
            "civil.elderly-care.inspection has no item 'reslut' (did you mean 'result'?)",
        ),
    ],
)
def test_a_misspelt_condition_of_a_third_party_is_named_with_its_line(
    site: Site, file: str, old: str, new: str, said: str
) -> None:
    site.install()
    site.configure()
    path = site.folder / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    line = text[: text.index(old)].count("\n") + 1
    refused = site.attempt("routing", "check")
    assert refused.returncode == 1
    assert f"{file}:{line}: " in refused.stderr
    assert said in refused.stderr


def test_the_page_shows_the_files_of_the_example_as_they_are() -> None:
    assert {path for path, _ in SHOWN_FILES} == {
        "xinglin_elderly_care/messages.py",
        "xinglin_elderly_care/mapping.py",
        "xinglin_elderly_care/__init__.py",
        "pyproject.toml",
        "additions/routing.yaml",
        "additions/severity.yaml",
    }
    for path, text in SHOWN_FILES:
        assert text == (EXAMPLE / path).read_text(encoding="utf-8"), path


def test_every_file_that_the_page_shows_a_part_of_is_accepted(site: Site) -> None:
    site.install()
    site.configure()
    (site.folder / "senders").mkdir()
    (site.folder / "senders" / "inspection.txt").write_text("11410481983690064T # 舞钢市卫生健康委员会\n")
    files = {name: site.folder / "policies" / "national" / f"{name}.yaml" for name in ("measures", "publicity")}
    cases = files["publicity"].parent / "cases" / "publicity.yaml"
    for part in parts_of_files():
        match part:
            case {"editions": editions, "measures": entries}:
                add(files["measures"], "editions", editions)
                add(files["measures"], "measures", entries)
            case {"versions": entries}:
                add(files["publicity"], "versions", entries)
            case {"cases": entries}:
                add(cases, "cases", entries)
            case {"confirmed": entries}:
                add(site.folder / "policies" / "confirmed.yaml", "confirmed", entries)
            case {"deadlines": _}:
                YAML().dump(part, site.folder / "policies" / "regions" / "elsewhere.yaml")
            case _:
                merge(site.folder / "routing.yaml", part)
    checked = site.ask("routing", "check")
    assert checked["agencies"] == 17
    tried = site.ask("policy", "check")
    assert (tried["folder"], tried["failed"]) == (str(cases.parent.parent), [])
    assert "versions[3].periods.general" not in {each["place"] for each in tried["without_case"]}


def test_a_signature_made_as_the_page_says_fits_the_key_that_it_shows() -> None:
    [(key, shown)] = [next(iter(part["keys"].items())) for part in parts_of_files() if "keys" in part]
    event = json.loads(SAMPLE.read_text(encoding="utf-8")) | {"sigalg": shown["algorithm"], "keyid": key}
    [snippet] = [block for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if "private_key" in block]
    names: dict[str, Any] = {
        "base64": base64,
        "wire": wire,
        "body": json.dumps(event).encode(),
        "private_key": Ed25519PrivateKey.from_private_bytes(bytes.fromhex(PRIVATE_KEY)),
    }
    exec(snippet, names)
    verify = ALGORITHMS[shown["algorithm"]](base64.b64decode(shown["public_key"]))
    assert verify(base64.b64decode(names["signature"]), wire.canonical(names["event"]))


def parts_of_files() -> list[dict[str, Any]]:
    """The YAML of the page that is not a file of the example."""
    whole = {text for _, text in SHOWN_FILES}
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    return [YAML(typ="safe").load(block) for block in blocks if block not in whole]


def add(path: Path, name: str, entries: list[Any]) -> None:
    yaml = YAML()
    content = yaml.load(path)
    content[name].extend(entries)
    yaml.dump(content, path)


def merge(path: Path, part: dict[str, Any]) -> None:
    yaml = YAML()
    content = yaml.load(path)
    for name, entries in part.items():
        if not isinstance(entries, dict):
            content[name] = entries
            continue
        for key, value in entries.items():
            if name == "broker":
                content[name][key].update(value)
            else:
                content[name][key] = value
    yaml.dump(content, path)
