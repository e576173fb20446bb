from __future__ import annotations

from pathlib import Path

from workers.private import close_home


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o7777


def test_a_home_that_was_open_is_closed_but_the_key_file_is_left_for_a_person_to_see(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(0o755)
    for name in ("archive.sqlite", "archive.sqlite-wal", "broker.sqlite", "keys.json"):
        (home / name).touch()
        (home / name).chmod(0o644)
    close_home(home)
    assert mode(home) == 0o700
    assert {file.name: mode(file) for file in home.iterdir()} == {
        "archive.sqlite": 0o600,
        "archive.sqlite-wal": 0o600,
        "broker.sqlite": 0o600,
        "keys.json": 0o644,
    }


def test_a_folder_that_everybody_shares_stays_so(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    (shared / "broker.sqlite").touch(0o644)
    close_home(shared)
    assert (mode(shared), mode(shared / "broker.sqlite")) == (0o1777, 0o600)
