from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from credit import vault
from credit.access.account import ProposalRow
from credit.law import loading
from credit.record.rows import DispatchRow, WorkerRow
from credit.routing.users import Unproven
from credit.rules import Moment
from credit.store import engine as store_engine
from credit.store import keymark, outbox, tables
from credit.store.engine import writing
from credit.telling.observation import NOTHING, Waiting
from credit.vault import Algorithm
from tests.installed import MODELS
from tests.observed import observation
from workers import cli, doctor, keyfile, settings
from workers.broker import Depth, Look
from workers.doctor import Finding, Verdict, archive, frontends, home, postgres, program, rabbitmq
from workers.doctor.finding import CHECKS
from workers.doctor.rabbitmq import Sight
from workers.editions import Editions
from workers.runtime import open_runtime

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
OK, WARNING, REFUSED = Verdict.OK, Verdict.WARNING, Verdict.REFUSED
REPOSITORY = Path(__file__).parents[3]

SOUND = postgres.Observed(
    settings={
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "max_locks_per_transaction": "64",
        "max_connections": "100",
        "max_prepared_transactions": "0",
        "server_version_num": "150018",
        "statement_timeout": "60000",
        "lock_timeout": "30000",
        "idle_in_transaction_session_timeout": "60000",
    },
    default_commit="on",
    standby=False,
    oldest_transaction=timedelta(0),
    idle_slots=(),
    clock_offset=timedelta(0),
)


def judge(check: str, observed: postgres.Observed) -> Verdict:
    return postgres.RULES[check](observed).verdict


def test_a_route_that_nothing_proves_is_warned_of() -> None:
    assert program.judge_users(Unproven((), ()), None).verdict is OK
    lax = program.judge_users(Unproven(("credit.in.security",), ()), None)
    mute = program.judge_users(Unproven((), ("/security 11410481684874525W",)), None)
    shared = program.judge_users(Unproven((), ()), "xinglin")
    assert (lax.verdict, mute.verdict, shared.verdict) == (WARNING, WARNING, WARNING)
    assert "sources share Xinglin's own user xinglin" in shared.found
    assert "anybody may send as anybody by credit.in.security" in lax.found
    assert "credit.in.security" in lax.told
    assert "no user sends as /security 11410481684874525W" in mute.found


def with_settings(**changed: str) -> postgres.Observed:
    return replace(SOUND, settings=SOUND.settings | changed)


def test_a_sound_server_has_nothing_to_be_said_against() -> None:
    assert {rule(SOUND).verdict for rule in postgres.RULES.values()} == {OK}


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes"])
def test_a_server_that_does_not_write_to_disk_is_refused(setting: str) -> None:
    found = postgres.RULES["postgres.disk"](with_settings(**{setting: "off"}))
    assert found.verdict is REFUSED
    assert setting in found.found


@pytest.mark.parametrize(
    ("ours", "default", "verdict"),
    [
        ("off", "on", REFUSED),
        ("off", "off", REFUSED),
        ("on", "off", WARNING),
        ("on", "local", OK),
        ("remote_apply", "remote_apply", OK),
    ],
)
def test_what_is_acknowledged_is_on_disk(ours: str, default: str, verdict: Verdict) -> None:
    observed = replace(with_settings(synchronous_commit=ours), default_commit=default)
    assert judge("postgres.commit", observed) is verdict


@pytest.mark.parametrize(
    ("each", "connections", "prepared", "verdict"),
    [
        ("64", "100", "0", OK),  # 6,400, PostgreSQL's own defaults
        ("60", "100", "0", OK),  # 6,000: four batches of 1,500
        ("59", "100", "0", WARNING),
        ("15", "100", "0", WARNING),  # 1,500: one batch
        ("14", "100", "0", REFUSED),
        ("14", "100", "8", WARNING),  # 1,512: prepared transactions have their share
    ],
)
def test_a_full_batch_finds_its_locks(each: str, connections: str, prepared: str, verdict: Verdict) -> None:
    observed = with_settings(
        max_locks_per_transaction=each, max_connections=connections, max_prepared_transactions=prepared
    )
    assert judge("postgres.locks", observed) is verdict


def test_the_advice_on_locks_is_the_least_that_is_enough() -> None:
    advice = postgres.RULES["postgres.locks"](with_settings(max_locks_per_transaction="14")).advice
    assert "max_locks_per_transaction = 60 " in advice


@pytest.mark.parametrize(("number", "verdict"), [("120022", REFUSED), ("130000", OK), ("180001", OK)])
def test_postgres_is_13_or_later(number: str, verdict: Verdict) -> None:
    assert judge("postgres.version", with_settings(server_version_num=number)) is verdict


def test_a_standby_is_refused() -> None:
    assert judge("postgres.primary", replace(SOUND, standby=True)) is REFUSED


@pytest.mark.parametrize(
    ("check", "below", "above"),
    [
        (
            "postgres.transactions",
            replace(SOUND, oldest_transaction=timedelta(minutes=10)),
            replace(SOUND, oldest_transaction=timedelta(minutes=10, seconds=1)),
        ),
        (
            "postgres.clock",
            replace(SOUND, clock_offset=timedelta(milliseconds=-999)),
            replace(SOUND, clock_offset=timedelta(seconds=-1)),
        ),
        ("postgres.slots", SOUND, replace(SOUND, idle_slots=("debezium",))),
        ("postgres.timeouts", with_settings(lock_timeout="1"), with_settings(lock_timeout="0")),
    ],
)
def test_what_is_to_be_looked_at(check: str, below: postgres.Observed, above: postgres.Observed) -> None:
    assert judge(check, below) is OK
    assert judge(check, above) is WARNING


NOT_MADE = (Sight("in", absent=True),), (Sight("dead", absent=True),)
FRESH = rabbitmq.Observed("3.10.8", *NOT_MADE, "dead", (), Look({"dead": None}, None))
DECLARED = replace(
    FRESH,
    exchanges=(Sight("in"),),
    queues=(Sight("dead"), Sight("a")),
    inbound=("a",),
    look=Look({"dead": Depth(0, 0), "a": Depth(7, 1)}, None),
)


@pytest.mark.parametrize(
    ("version", "verdict"),
    [("3.9.29", REFUSED), ("3.10.0", OK), ("3.13.7", OK), ("4.0.5", WARNING), ("10.1", WARNING), ("?", REFUSED)],
)
def test_rabbitmq_dead_letters_at_least_once_since_3_10(version: str, verdict: Verdict) -> None:
    assert rabbitmq.RULES["rabbitmq.version"](replace(FRESH, version=version)).verdict is verdict


def test_a_broker_with_nothing_declared_waits_for_its_first_worker() -> None:
    assert rabbitmq.RULES["rabbitmq.topology"](FRESH).verdict is WARNING


def test_arguments_of_what_is_not_declared_are_not_called_sound() -> None:
    assert rabbitmq.RULES["rabbitmq.arguments"](FRESH).verdict is WARNING
    partly = replace(FRESH, exchanges=(Sight("in"),))
    assert rabbitmq.RULES["rabbitmq.arguments"](partly).verdict is OK


def test_a_broker_with_something_missing_is_refused() -> None:
    found = rabbitmq.RULES["rabbitmq.topology"](replace(DECLARED, exchanges=(Sight("in", absent=True),)))
    assert (found.verdict, found.found) == (REFUSED, "not there: exchange in")


def test_a_queue_made_otherwise_is_refused_in_the_brokers_words() -> None:
    found = rabbitmq.RULES["rabbitmq.arguments"](replace(DECLARED, queues=(Sight("a", difference="inequivalent"),)))
    assert found.verdict is REFUSED
    assert "inequivalent" in found.found


def test_dead_letters_alarms_and_idle_queues_are_told() -> None:
    observed = replace(DECLARED, look=Look({"dead": Depth(1, 0), "a": Depth(7, 0)}, "low on memory"))
    verdicts = {check: rule(observed).verdict for check, rule in rabbitmq.RULES.items()}
    told = {"rabbitmq.dead", "rabbitmq.consumers", "rabbitmq.alarm"}
    assert {check for check, verdict in verdicts.items() if verdict is WARNING} == told


def test_a_declared_broker_has_nothing_to_be_said_against() -> None:
    assert {rule(DECLARED).verdict for rule in rabbitmq.RULES.values()} == {OK}


@pytest.mark.parametrize(
    ("place", "kind"),
    [("/srv/xinglin/var", "ext4"), ("/mnt/share/var", "nfs4"), ("/mnt/shared", "ext4"), ("/mnt/share", "nfs4")],
)
def test_the_file_system_is_that_of_the_nearest_mount(place: str, kind: str) -> None:
    mounts = ["/dev/sda1 / ext4 rw 0 0", "files:/export /mnt/share nfs4 rw 0 0"]
    assert home.find_filesystem(Path(place), mounts) == kind


@pytest.mark.parametrize(("kind", "verdict"), [("nfs4", REFUSED), ("tmpfs", WARNING), ("xfs", OK)])
def test_sqlite_stays_off_network_disks(kind: str, verdict: Verdict) -> None:
    observed = home.Observed(Path("/srv"), made=True, writable=True, filesystem=kind, free=1 << 40, rollback=())
    assert home.RULES["home.filesystem"](observed).verdict is verdict


@pytest.mark.parametrize(("free", "verdict"), [((1 << 30) - 1, WARNING), (1 << 30, OK)])
def test_a_full_disk_is_told_in_time(free: int, verdict: Verdict) -> None:
    observed = home.Observed(Path("/srv"), made=True, writable=True, filesystem="ext4", free=free, rollback=())
    assert home.RULES["home.space"](observed).verdict is verdict


def examine(home_of_it: Path, **environ: str) -> dict[str, Finding]:
    found = doctor.examine(settings.read(environ, home=home_of_it), NOW)
    assert [finding.row for finding in found] == sorted(finding.row for finding in found)
    return {finding.check: finding for finding in found}


def refused(found: dict[str, Finding]) -> set[str]:
    return {check for check, finding in found.items() if finding.verdict is REFUSED}


@pytest.fixture
def made(tmp_path: Path, template_archive: Path) -> Path:
    """An embedded home with an archive, its keys and their mark."""
    place = tmp_path / "var"
    place.mkdir()
    keyring = keyfile.load(place, {}, servers=False)
    shutil.copy(template_archive, place / "archive.sqlite")
    engine = store_engine.connect(f"sqlite:///{place / 'archive.sqlite'}")
    with writing(engine) as connection:
        keymark.check_keys(connection, keyring)
    engine.dispose()
    return place


def test_a_home_that_is_not_made_is_refused_and_not_made(tmp_path: Path) -> None:
    place = tmp_path / "far" / "var"
    found = examine(place)
    assert refused(found) == {"home.writable"}
    assert "xinglin worker all" in found["home.writable"].advice
    assert list(tmp_path.iterdir()) == []


def test_a_made_home_is_sound_and_left_as_it_is(made: Path) -> None:
    before = {file.name: file.read_bytes() for file in made.iterdir()}
    found = examine(made)
    assert refused(found) == set()
    assert found["archive.keys"].verdict is OK
    assert {file.name: file.read_bytes() for file in made.iterdir()} == before


def test_keys_that_others_can_read_are_refused(made: Path) -> None:
    (made / "keys.json").chmod(0o640)
    found = examine(made)  # an administrator may have chosen a group for it
    assert (refused(found), found["program.keys"].verdict) == (set(), WARNING)
    (made / "keys.json").chmod(0o644)
    found = examine(made)
    assert refused(found) == {"program.keys"}
    assert "chmod 600" in found["program.keys"].found


def test_keys_of_another_archive_are_refused(made: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    keyfile.save(vault.generate(Algorithm.AES_256_GCM), other)
    assert refused(examine(made, XINGLIN_KEY_FILE=str(other))) == {"archive.keys"}


def test_keys_that_are_gone_are_refused_and_not_made_again(made: Path) -> None:
    (made / "keys.json").unlink()
    assert refused(examine(made)) == {"program.keys"}
    assert not (made / "keys.json").exists()


def test_no_finding_tells_a_key_or_a_password(made: Path) -> None:
    secret = json.loads((made / "keys.json").read_text())["index_key"]
    assert secret not in str(examine(made))
    url = "postgresql+psycopg://x:hunter2@127.0.0.1:1/x"
    servers = {"XINGLIN_DATABASE_URL": url, "XINGLIN_BROKER_URL": "amqp://x:hunter2@127.0.0.1:1/x"}
    found = examine(made, XINGLIN_KEY_FILE=str(made / "keys.json"), **servers)
    assert refused(found) == {"postgres.reachable", "rabbitmq.reachable"}
    assert "hunter2" not in str(found)


def test_an_archive_of_an_older_program_is_refused(made: Path) -> None:
    (made / "archive.sqlite").unlink()
    (made / "archive.sqlite").touch()
    found = examine(made)
    assert refused(found) == {"archive.tables"}
    assert "xinglin db upgrade" in found["archive.tables"].found


def test_a_file_that_is_not_in_write_ahead_mode_is_refused(made: Path) -> None:
    with closing(sqlite3.connect(made / "archive.sqlite")) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    found = examine(made)
    assert refused(found) == {"home.journal"}
    assert found["home.journal"].found.endswith("archive.sqlite")


def test_what_waits_too_long_is_told(made: Path) -> None:
    engine = store_engine.connect(f"sqlite:///{made / 'archive.sqlite'}")
    late = NOW - timedelta(minutes=6)
    with writing(engine) as connection:
        outbox.enqueue(connection, [DispatchRow("m", "t", "notice.tax", "s", b"", late)])
        outbox.give_back(connection, "relay", outbox.claim(connection, "relay", 1, late), "returned", late)
        outbox.enqueue(connection, [DispatchRow("n", "t", "notice.finance", "z", b"", late)])
        outbox.give_back(connection, "r", outbox.claim(connection, "r", 1, late), outbox.UNOPENED, late)
        parked = {"message_key": "k", "reason": "json.invalid", "detail": "", "parked_at": NOW - timedelta(days=2)}
        connection.execute(tables.parked.insert().values(**parked))
        said = ("withdraw", "撤回", "", b"", "f", "chen", "陈晨", "有误", late, NOW + timedelta(days=7), "confirmed")
        confirmed = ProposalRow("3f2a91c07be4", *said, decided_at=late)
        connection.execute(tables.proposal.insert().values(confirmed._asdict()))
    engine.dispose()
    found = examine(made)
    told = {"archive.outbox", "archive.unroutable", "archive.unopened", "archive.confirmed", "archive.parked"}
    assert {check for check in told if found[check].verdict is WARNING} == told
    assert "notice.tax" in found["archive.unroutable"].found


def test_alerts_that_reach_nobody_are_no_warning_but_a_refusal(made: Path) -> None:
    engine = store_engine.connect(f"sqlite:///{made / 'archive.sqlite'}")
    with writing(engine) as connection:
        outbox.enqueue(connection, [DispatchRow("m", "t", "alert.feed-late", "s", b"", NOW)])
        outbox.give_back(connection, "relay", outbox.claim(connection, "relay", 1, NOW), "returned", NOW)
    engine.dispose()
    assert refused(examine(made)) == {"archive.unroutable"}


def test_messages_that_nobody_would_send_are_told(made: Path) -> None:
    engine = store_engine.connect(f"sqlite:///{made / 'archive.sqlite'}")
    with writing(engine) as connection:
        outbox.enqueue(connection, [DispatchRow(name, "t", "notice.tax", "s", b"", NOW) for name in "mn"])
        connection.execute(tables.unsent.delete())
    engine.dispose()
    found = examine(made)["archive.forgotten"]
    assert (found.verdict, found.found[:10]) == (WARNING, "2 messages")


MINE, OTHER = Editions("1" * 64, "2" * 64), Editions("3" * 64, "2" * 64)
EARLIER = NOW - timedelta(minutes=5)


def at_work(kind: str, loaded: Editions, heard_at: datetime = NOW, **more: Any) -> WorkerRow:
    row = WorkerRow(f"{kind}{heard_at}", kind, "h", 7, "0", "0", loaded.routing, loaded.law, NOW, NOW, heard_at)
    return row._replace(**more)


@pytest.mark.parametrize(
    ("rows", "mine", "wrong"),
    [
        ([], MINE, ""),
        ([at_work("intake", MINE), at_work("relay", MINE)], MINE, ""),
        ([at_work("intake", OTHER), at_work("relay", MINE)], MINE, f"intake@h:7 ({OTHER})"),
        ([at_work("intake", OTHER), at_work("relay", OTHER)], MINE, f"relay@h:7 ({OTHER})"),
        ([at_work("intake", OTHER), at_work("relay", OTHER)], None, ""),
        ([at_work("intake", OTHER), at_work("relay", MINE)], None, "each other"),
        ([at_work("intake", OTHER, EARLIER, ended_at=EARLIER)], MINE, ""),
        ([at_work("intake", MINE, EARLIER)], MINE, "silent: intake@h:7"),
        ([at_work("intake", MINE, EARLIER), at_work("intake", MINE)], MINE, ""),
        ([at_work("intake", MINE, trouble="reload refused: routing.yaml:7")], MINE, "routing.yaml:7"),
    ],
)
def test_workers_are_compared_with_the_files_and_with_each_other(
    rows: list[WorkerRow], mine: Editions | None, wrong: str
) -> None:
    found = archive.judge_workers(archive.Roll(tuple(rows), NOW, mine))
    assert found.verdict is (WARNING if wrong else OK)
    assert wrong in found.found


@pytest.mark.parametrize(
    ("waiting", "verdict"),
    [
        (NOTHING, OK),
        (Waiting(3, NOW - timedelta(minutes=5)), OK),
        (Waiting(3, NOW - timedelta(minutes=5, seconds=1)), WARNING),
    ],
)
def test_an_outbox_may_wait_five_minutes(waiting: Waiting, verdict: Verdict) -> None:
    seen = observation(Moment(NOW, NOW.date()), unsent=waiting)
    assert archive.RULES["archive.outbox"](seen).verdict is verdict


def test_a_routing_file_with_a_mistake_is_refused_with_its_line(tmp_path: Path) -> None:
    text = (REPOSITORY / "routing.yaml").read_text()
    wrong = tmp_path / "routing.yaml"
    wrong.write_text(text.replace("feeds:\n", "feeds_:\n"))
    found = examine(tmp_path / "var", XINGLIN_ROUTING=str(wrong))
    assert refused(found) == {"program.routing", "home.writable"}
    assert "feeds_" in found["program.routing"].found


def test_a_law_with_a_mistake_is_refused(tmp_path: Path) -> None:
    policies = shutil.copytree(REPOSITORY / "policies", tmp_path / "policies")
    (policies / "national" / "deadlines.yaml").write_text("deadlines: {}\n")
    found = examine(tmp_path / "var", XINGLIN_POLICIES=str(policies))
    assert refused(found) == {"program.law", "home.writable"}
    assert "program.routing" not in found


@pytest.mark.parametrize(
    ("today", "verdict"),
    [
        (date(2026, 11, 8), OK),  # 30 days on, seventeen working days end on 31 December
        (date(2026, 11, 9), WARNING),
        (date(2027, 3, 1), WARNING),
    ],
)
def test_an_unknown_year_is_told_a_month_ahead(today: date, verdict: Verdict) -> None:
    shipped = loading.load(REPOSITORY / "policies" / "national", MODELS)
    statutes = replace(shipped, calendar=replace(shipped.calendar, years=frozenset(range(2004, 2027))))
    assert program.judge_calendar(statutes, today).verdict is verdict


def test_the_command_ends_with_1_only_when_something_is_refused(made: Path) -> None:
    sound = CliRunner().invoke(cli.app, ["doctor", "--home", str(made), "--json"])
    assert sound.exit_code == 0
    first = json.loads(sound.stdout)[0]
    assert {"check", "verdict", "found", "told", "advice", "row", "runbook"} == first.keys()
    assert first["runbook"] == "docs/operate.md#doctor-program-packages"
    (made / "keys.json").unlink()
    broken = CliRunner().invoke(cli.app, ["doctor", "--home", str(made), "--json"])
    assert broken.exit_code == 1
    assert "refused" in {finding["verdict"] for finding in json.loads(broken.stdout)}
    shown = CliRunner().invoke(cli.app, ["doctor", "--home", str(made)])
    assert (shown.exit_code, "✗ 拒绝" in shown.stdout) == (1, True)


def test_a_warning_fails_where_that_is_asked_for(made: Path) -> None:
    with open_runtime(settings.read({}, home=made)) as opened, writing(opened.engine) as connection:
        connection.execute(tables.batch.insert().values(at=NOW, received=1))
    calm = CliRunner().invoke(cli.app, ["doctor", "--home", str(made), "--json"])
    strict = CliRunner().invoke(cli.app, ["doctor", "--home", str(made), "--json", "--strict"])
    assert (calm.exit_code, strict.exit_code) == (0, 1)
    verdicts = {finding["check"]: finding["verdict"] for finding in json.loads(strict.stdout)}
    assert (verdicts["archive.ledger"], "refused" in verdicts.values()) == ("warning", False)


@pytest.mark.parametrize(
    ("seen", "verdict"),
    [
        ({}, OK),
        ({"at_work": {"intake": 1, "relay": 0, "scheduler": 1}, "workers": (at_work("intake", MINE),)}, WARNING),
        ({"at_work": {"intake": 0, "relay": 0, "scheduler": 0}}, OK),  # an embedded home that is fed by hand
        ({"at_work": {"intake": 0, "relay": 0, "scheduler": 0}, "oldest_transaction": timedelta()}, WARNING),
    ],
)
def test_work_that_nobody_does_is_told(seen: dict[str, Any], verdict: Verdict) -> None:
    found = archive.RULES["archive.at-work"](observation(Moment(NOW, NOW.date()), **seen))
    assert found.verdict is verdict


def test_files_that_were_not_sent_to_the_last_row_are_told() -> None:
    at = Moment(NOW, NOW.date())
    assert archive.RULES["archive.files"](observation(at)).verdict is OK
    told = archive.RULES["archive.files"](observation(at, files_half=Waiting(1, NOW, ("0a1b2c3d4e5f",))))
    assert (told.verdict, "0a1b2c3d4e5f" in told.told) == (WARNING, True)


def test_other_versions_and_wrong_clocks_are_told_of_workers_that_are_alive() -> None:
    right = at_work("intake", MINE, version=version("xinglin"), clock_off_ms=-999)
    gone, other = at_work("relay", MINE, EARLIER, clock_off_ms=9000), at_work("relay", MINE, clock_off_ms=1000)
    for rows, verdict in (((right, gone), OK), ((right, other), WARNING)):
        seen = observation(Moment(NOW, NOW.date()), workers=rows)
        found = {archive.RULES[check](seen).verdict for check in ("archive.versions", "archive.clocks")}
        assert found == {verdict}


def test_a_key_file_that_was_named_is_not_made(tmp_path: Path) -> None:
    named = tmp_path / "var" / "keys.json"
    assert refused(examine(tmp_path / "var", XINGLIN_KEY_FILE=str(named))) == {"program.keys", "home.writable"}
    assert not named.exists()


def test_packages_of_another_program_are_refused() -> None:
    sound = program.Packages({"workers": ()}, (), safe_path=True)
    assert program.judge_packages(sound).verdict is OK
    assert program.judge_packages(sound).advice == ""
    assert "PYTHONSAFEPATH" in program.judge_packages(replace(sound, safe_path=False)).advice
    doubled = program.judge_packages(replace(sound, others={"workers": ("other-program",)}))
    assert (doubled.verdict, doubled.found) == (REFUSED, "also installed by others: workers (other-program)")
    assert program.judge_packages(replace(sound, elsewhere=("credit",))).verdict is REFUSED


def test_every_rule_has_its_row_and_every_row_its_rule() -> None:
    tables_of_rules = [archive.RULES, frontends._RULES, home.RULES, postgres.RULES, rabbitmq.RULES]
    ruled = {check for rules in tables_of_rules for check in rules}
    single = {"archive.tables", "archive.keys", "archive.accounts", "archive.workers"} | {
        check for check in CHECKS if check.startswith("program.")
    }
    assert sorted(ruled | single) == sorted(CHECKS)
