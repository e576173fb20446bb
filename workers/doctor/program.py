"""The doctor at the program itself: its packages, the law, the routes, the calendar and the keys."""

from __future__ import annotations

import stat
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import metadata, util
from pathlib import Path
from typing import TypeVar, get_args

from connectors import registry
from connectors.registry import Registry
from credit import vault
from credit.law import loading
from credit.law.law import Law
from credit.routing import routes
from credit.routing.routes import Routes
from credit.vault import Keyring
from schemas.errors import ConfigurationError
from schemas.policy import DeadlineName
from schemas.statement import Model
from workers.doctor.finding import Finding, Judgement, conclude, fine, refuse, warn
from workers.settings import Settings

LoadedT = TypeVar("LoadedT")

PACKAGES = ("schemas", "connectors", "credit", "workers")
NOTICE_PERIOD = timedelta(days=30)
"""How long before the first deadline reaches into an unknown year the operators are told."""

_CONNECTORS_ADVICE = "升级或卸载所指出的连接器，见 docs/extending.md。"
_KEYS_ADVICE = "核对 XINGLIN_KEY_FILE 或 XINGLIN_KEYS；密钥文件权限应为 0600，丢失时从备份恢复。"
_LAW_ADVICE = "改正所指出的文件和行，或恢复随程序提供的 policies 目录。"
_ROUTING_ADVICE = "改正所指出的行；改好后先运行 xinglin routing check。"


@dataclass(frozen=True, slots=True)
class Packages:
    """Which other distributions install a package under one of our names, and which names come from elsewhere."""

    others: Mapping[str, tuple[str, ...]]
    elsewhere: tuple[str, ...]
    safe_path: bool


@dataclass(frozen=True, slots=True)
class Program:
    """What could be loaded, and the findings about it."""

    findings: tuple[Finding, ...]
    routes: Routes | None
    keyring: Keyring | None


def examine(settings: Settings, today: date) -> Program:
    """Load what every worker loads, and say what is wrong with it. No key file is made."""
    packages = conclude("program.packages", judge_packages(_find_packages()))
    keys, keyring = _attempt("program.keys", _KEYS_ADVICE, lambda: find_keys(settings))
    connectors, known = _attempt("program.connectors", _CONNECTORS_ADVICE, _load_connectors)
    if known is None:
        return Program((packages, connectors, keys), None, keyring)
    models = known.models()
    national, statutes = _attempt("program.law", _LAW_ADVICE, lambda: _load_law(settings, models))
    if statutes is None:
        return Program((packages, connectors, national, keys), None, keyring)
    routing, loaded = _attempt(
        "program.routing", _ROUTING_ADVICE, lambda: _load_routes(settings, (statutes, today), models)
    )
    days = conclude("program.calendar", judge_calendar(statutes, today))
    return Program((packages, connectors, national, routing, days, keys), loaded, keyring)


def _attempt(check: str, advice: str, load: Callable[[], tuple[Judgement, LoadedT]]) -> tuple[Finding, LoadedT | None]:
    try:
        found, value = load()
    except ConfigurationError as error:
        return conclude(check, refuse(str(error), advice)), None
    return conclude(check, found), value


def _load_connectors() -> tuple[Judgement, Registry]:
    loaded = registry.load()
    return fine(f"{len(loaded.entries)} types of message can be read"), loaded


def _load_law(settings: Settings, models: Mapping[str, Model]) -> tuple[Judgement, Law]:
    folder = settings.policies / "national"
    return fine(str(folder)), loading.load(folder, models)


def _load_routes(
    settings: Settings, in_force: tuple[Law, date], models: Mapping[str, Model]
) -> tuple[Judgement, Routes]:
    loaded = routes.load(settings.routing, *in_force, models)
    found = f"{settings.routing}: {len(loaded.inbound)} inbound queues, {len(loaded.partners)} agencies"
    return fine(found), loaded


def find_keys(settings: Settings) -> tuple[Judgement, Keyring | None]:
    """Return the keys and where they come from; none for an embedded home that has nothing sealed yet.

    Raises:
        ConfigurationError: they cannot be used, or those of an archive that is there are gone.
    """
    path = vault.key_file(settings.home, settings.environ)
    own = not settings.servers and not settings.environ.get("XINGLIN_KEY_FILE")
    if own and path is not None and not path.exists():
        if (settings.home / "archive.sqlite").exists():
            raise ConfigurationError(f"{path} is gone, and what {settings.home} holds is sealed with it")
        return fine("made with the home, at its first use"), None
    keyring = vault.load(settings.home, settings.environ, servers=settings.servers)
    found = f"{path or 'XINGLIN_KEYS'}: {len(keyring.data_keys)} keys, {keyring.current} in use"
    if path is not None and path.stat().st_mode & stat.S_IRGRP:
        return warn(f"{found}; its group can read it", f"若该组并非专为本系统设立，请执行 chmod 600 {path}。"), keyring
    return fine(found), keyring


def judge_calendar(statutes: Law, today: date) -> Judgement:
    """Warn when a deadline that starts within a month may fall into a year whose holidays are not known."""
    known = statutes.calendar.covered_until()
    from_then = today + NOTICE_PERIOD
    if all(statutes.due(name, from_then).covered for name in get_args(DeadlineName)):
        return fine(f"holidays are known until {known}")
    return warn(
        f"holidays are known until {known}; deadlines that start by {from_then} may pass it",
        f"国务院办公厅发布 {known.year + 1} 年放假通知后，填入 policies/national/calendar.yaml 并重启。",
    )


def _find_packages() -> Packages:
    owners = metadata.packages_distributions()
    home = Path(__file__).parents[2]
    origins = {name: util.find_spec(name) for name in PACKAGES}
    return Packages(
        others={name: tuple(sorted({*owners.get(name, ())} - {"xinglin"})) for name in PACKAGES},
        elsewhere=tuple(
            name for name, spec in origins.items() if spec is None or Path(spec.origin or "").parents[1] != home
        ),
        safe_path=sys.flags.safe_path,
    )


def judge_packages(found: Packages) -> Judgement:
    """Refuse an environment where another program's package may be imported in the place of ours."""
    doubled = [f"{name} ({', '.join(others)})" for name, others in found.others.items() if others]
    if doubled or found.elsewhere:
        told = [f"also installed by others: {', '.join(doubled)}"] if doubled else []
        told += [f"not from this installation: {', '.join(found.elsewhere)}"] if found.elsewhere else []
        return refuse("; ".join(told), "为本系统单独建立虚拟环境，不要与其他程序混装。")
    hint = "" if found.safe_path else "建议设置 PYTHONSAFEPATH=1，使当前目录中的同名文件不被载入。"
    return fine("all packages are this installation's", hint)
