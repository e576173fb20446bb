"""The doctor at an embedded home: can the two SQLite files keep what is written to them?

Only looks. A home without an archive is refused: whoever asks after one means an archive that is somewhere else, or
has yet to make it.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from workers.doctor.finding import Finding, Judgement, fine, judge, refuse, warn

FILES = ("archive.sqlite", "broker.sqlite")
LEAST_SPACE = 1 << 30
"""One GiB: room to react in. A full disk loses nothing, but everything stands still."""

_NETWORK = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "glusterfs", "fuse.sshfs")
_MEMORY = ("tmpfs", "ramfs")


@dataclass(frozen=True, slots=True)
class Observed:
    """A home; `made` says that an archive is in it, `filesystem` is the kernel's name for its kind.

    `rollback` are the files that keep no write-ahead log.
    """

    home: Path
    made: bool
    writable: bool
    filesystem: str
    free: int
    rollback: tuple[str, ...]


def examine(home: Path) -> list[Finding]:
    """Return what is to be said about a home, made or not."""
    return judge(RULES, observe(home))


def observe(home: Path) -> Observed:
    """Look at a home, or where it is not made yet, at the nearest folder above it."""
    place = next(folder for folder in (home, *home.parents) if folder.exists())
    files = [home / name for name in FILES]
    return Observed(
        home=home,
        made=(home / FILES[0]).exists(),
        writable=os.access(place, os.W_OK | os.X_OK)
        and all(os.access(file, os.W_OK) for file in files if file.exists()),
        filesystem=find_filesystem(place.resolve(), _read_mounts()),
        free=shutil.disk_usage(place).free,
        rollback=tuple(file.name for file in files if file.exists() and not _keeps_log(file)),
    )


def _read_mounts() -> list[str]:
    try:
        return Path("/proc/mounts").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []  # a kernel other than Linux


def _keeps_log(file: Path) -> bool:
    """Return whether a database is in write-ahead mode; one that is not begun yet will be.

    SQLite is asked: a process that has a database open and closes the file by any other way than SQLite's loses all its
    locks on it, and the next process that closes the database deletes the log that this one writes to (SQLite, How To
    Corrupt, 2.2).
    """
    if file.stat().st_size == 0:
        return True
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as sql:
        try:
            found: str = sql.execute("PRAGMA journal_mode").fetchone()[0]
        except sqlite3.DatabaseError:
            return False
    return found == "wal"


def find_filesystem(place: Path, mounts: Iterable[str]) -> str:
    """Return the kind of file system that holds an absolute path, from lines of /proc/mounts."""
    kinds = {Path(fields[1]): fields[2] for fields in map(str.split, mounts)}
    return next((kinds[folder] for folder in (place, *place.parents) if folder in kinds), "unknown")


def _judge_writable(observed: Observed) -> Judgement:
    if not observed.writable:
        return refuse(
            f"{observed.home} cannot be written to by this user",
            f"当前用户不能写入 {observed.home}",
            "改正目录和文件的属主与权限，或换用 --home。",
        )
    if not observed.made:
        return refuse(
            f"{observed.home} holds no archive",
            f"{observed.home} 中没有档案",
            "用 --home 或 XINGLIN_HOME 指明已有的目录；新建请运行 xinglin worker all，试用请运行 xinglin demo。",
        )
    return fine(f"{observed.home} can be written to", f"{observed.home} 可以写入")


def _judge_filesystem(observed: Observed) -> Judgement:
    found, told = f"on {observed.filesystem}", f"文件系统为 {observed.filesystem}"
    if observed.filesystem in _NETWORK:
        return refuse(
            f"{found}: SQLite's log needs memory that all processes share, which a network cannot give",
            f"{told}：SQLite 的预写日志需要各进程共享内存，网络磁盘做不到",
            "把 --home 移到本机磁盘；需要多台主机时，改用 RabbitMQ 和 PostgreSQL。",
        )
    if observed.filesystem in _MEMORY:
        return warn(
            f"{found}: gone after a restart of the machine",
            f"{told}：重启后数据全部丢失",
            "正式使用时把 --home 移到磁盘上。",
        )
    return fine(found, told)


def _judge_space(observed: Observed) -> Judgement:
    free = observed.free / (1 << 30)
    found, told = f"{free:.1f} GiB free", f"剩余空间 {free:.1f} GiB"
    if observed.free < LEAST_SPACE:
        return warn(found, f"{told}，不足 1 GiB", "请清理或扩容；写满后将停止接收和发送，但不会丢失。")
    return fine(found, told)


def _judge_journal(observed: Observed) -> Judgement:
    if observed.rollback:
        return refuse(
            f"not in write-ahead mode: {', '.join(observed.rollback)}",
            f"未使用预写日志（write-ahead log）：{'、'.join(observed.rollback)}",
            "该文件系统不支持 SQLite 预写日志，或文件被其他程序改动：移到本机磁盘后重新启动。",
        )
    return fine("write-ahead mode, or not made yet", "已使用预写日志（write-ahead log），或尚未建立")


RULES: Mapping[str, Callable[[Observed], Judgement]] = {
    "home.writable": _judge_writable,
    "home.filesystem": _judge_filesystem,
    "home.space": _judge_space,
    "home.journal": _judge_journal,
}
