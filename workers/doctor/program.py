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
from credit.law import layers, loading
from credit.law.law import Law
from credit.routing import routes
from credit.routing.routes import Routes, find_unconfirmed
from credit.routing.users import Unproven, find_unproven, permit
from credit.vault import Keyring
from schemas.errors import ConfigurationError
from schemas.policy import DeadlineName
from schemas.statement import Model
from workers import keyfile
from workers.broker.link import parameters
from workers.doctor.finding import Finding, Judgement, conclude, fine, refuse, warn
from workers.settings import Settings

LoadedT = TypeVar("LoadedT")

PACKAGES = ("schemas", "connectors", "credit", "workers")
NOTICE_PERIOD = timedelta(days=30)
"""How long before the first deadline reaches into an unknown year the operators are told."""


@dataclass(frozen=True, slots=True)
class _Refusal:
    """What is said in Chinese when something cannot be loaded, before the loader's own words, and what to do."""

    told: str
    advice: str


_CONNECTORS = _Refusal("连接器（connector）无法载入", "升级或卸载所指出的连接器，见 docs/extending.md。")
_KEYS = _Refusal("密钥无法使用", "核对 XINGLIN_KEY_FILE 或 XINGLIN_KEYS；密钥文件权限应为 0600，丢失时从备份恢复。")
_LAW = _Refusal("法规文件无法使用", "改正所指出的文件和行，或恢复随程序提供的 policies 目录。")
_LAYERS = _Refusal("省级规定或确认文件无法使用", "改正 policies/regions 或 policies/confirmed.yaml 中所指出的行。")
_ROUTING = _Refusal("路由文件无法使用", "改正所指出的行；改好后先运行 xinglin routing check。")


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
    law: Law | None = None


def examine(settings: Settings, today: date) -> Program:
    """Load what every worker loads, and say what is wrong with it. No key file is made."""
    packages = conclude("program.packages", judge_packages(_find_packages()))
    keys, keyring = _attempt("program.keys", _KEYS, lambda: find_keys(settings))
    connectors, known = _attempt("program.connectors", _CONNECTORS, _load_connectors)
    if known is None:
        return Program((packages, connectors, keys), None, keyring)
    models = known.models()
    national, statutes = _attempt("program.law", _LAW, lambda: _load_law(settings, models))
    if statutes is None:
        return Program((packages, connectors, national, keys), None, keyring)
    routing, loaded = _attempt("program.routing", _ROUTING, lambda: _load_routes(settings, statutes, today, known))
    if loaded is None:
        layer, law = None, statutes
    else:
        layer, complete = _attempt("program.layers", _LAYERS, lambda: _load_layers(settings, statutes, loaded, today))
        law = complete or statutes
    days = conclude("program.calendar", judge_calendar(law, today))
    over = () if layer is None else (layer,)
    if loaded is not None and settings.servers:
        own = parameters(settings.broker_url).credentials.username
        shared = own if own in {each.user for each in permit(loaded)} else None
        over = (*over, conclude("program.users", judge_users(find_unproven(loaded.gate), shared)))
    return Program((packages, connectors, national, routing, *over, days, keys), loaded, keyring, law)


def _attempt(
    check: str, refusal: _Refusal, load: Callable[[], tuple[Judgement, LoadedT]]
) -> tuple[Finding, LoadedT | None]:
    try:
        found, value = load()
    except ConfigurationError as error:
        return conclude(check, refuse(str(error), f"{refusal.told}：{error}", refusal.advice)), None
    return conclude(check, found), value


def _load_connectors() -> tuple[Judgement, Registry]:
    loaded = registry.load()
    number = len(loaded.entries)
    return fine(f"{number} types of message can be read", f"可读取 {number} 种类型的报文"), loaded


def _load_law(settings: Settings, models: Mapping[str, Model]) -> tuple[Judgement, Law]:
    folder = settings.policies / "national"
    return fine(str(folder), f"法规文件取自 {folder}"), loading.load(folder, models)


def _load_routes(settings: Settings, law: Law, today: date, known: Registry) -> tuple[Judgement, Routes]:
    loaded = routes.load(settings.routing, law, today, known.models(), known.templates)
    queues, agencies = len(loaded.inbound), len(loaded.partners)
    found = f"{settings.routing}: {queues} inbound queues, {agencies} agencies"
    return fine(found, f"{settings.routing}：接收队列 {queues} 个，联合惩戒部门 {agencies} 个"), loaded


def _load_layers(settings: Settings, law: Law, known: Routes, today: date) -> tuple[Judgement, Law]:
    complete = layers.complete(law, settings.policies, known.region, known.provisions)
    return judge_sureness(complete, known, today), complete


def judge_sureness(law: Law, known: Routes, today: date) -> Judgement:
    """Say whose rules hold, and how many clauses are a default or were not read again, and are not confirmed."""
    unsure = law.unconfirmed()
    measures = find_unconfirmed(known, law, today)
    region = law.region.name if law.region else ""
    found = f"region {known.region or 'none'}; {len(unsure)} clauses unconfirmed, {len(measures)} measures in use"
    told = f"{region or '全国'}规定；{len(unsure)} 条未经确认，其中使用中的惩戒措施 {len(measures)} 项"
    if not unsure:
        return fine(found, told)
    return fine(found, told, "xinglin policy show 逐条列出；由主管部门核对后在 policies/confirmed.yaml 中确认。")


def judge_users(found: Unproven, shared: str | None) -> Judgement:
    """Warn of routes by which anybody can speak as anybody, and of senders that cannot speak at all.

    `shared` is Xinglin's own user where it is named for sources too: it is asked nothing, so these send as anybody.
    """
    if not found.open and not found.mute and shared is None:
        return fine("each sender is proven by its user or its signature", "各发送单位均由 user-id 或签名证明")
    parts = [f"anybody may send as anybody by {', '.join(found.open)}"] if found.open else []
    parts += [f"no user sends as {', '.join(found.mute)}: what comes is parked"] if found.mute else []
    told = [f"下列队列不要求 user-id 或签名，任何用户都可冒名发送：{'、'.join(found.open)}"] if found.open else []
    told += [f"下列来源和单位没有登记用户，其报文都将挂起：{'、'.join(found.mute)}"] if found.mute else []
    parts += [f"sources share Xinglin's own user {shared}, which may send as anybody"] if shared else []
    told += [f"来源与本系统共用用户 {shared}，可以任何单位的名义发送，请为其另设用户"] if shared else []
    advice = "在 routing.yaml 的 users 中登记用户并按 xinglin routing users 授权；user-id 在途中丢失的，改用签名。"
    return warn("; ".join(parts), "；".join(told), advice)


def find_keys(settings: Settings) -> tuple[Judgement, Keyring | None]:
    """Return the keys and where they come from; none for an embedded home that has nothing sealed yet.

    Raises:
        ConfigurationError: they cannot be used, or those of an archive that is there are gone.
    """
    path = keyfile.key_file(settings.home, settings.environ)
    own = not settings.servers and not settings.environ.get("XINGLIN_KEY_FILE")
    if own and path is not None and not path.exists():
        if (settings.home / "archive.sqlite").exists():
            raise ConfigurationError(f"{path} is gone, and what {settings.home} holds is sealed with it")
        return fine("made with the home, at its first use", "首次使用时随目录一同生成"), None
    keyring = keyfile.load(settings.home, settings.environ, servers=settings.servers)
    place, number, current = path or "XINGLIN_KEYS", len(keyring.data_keys), keyring.current
    found = f"{place}: {number} keys, {current} in use"
    told = f"{place}：数据密钥 {number} 把，当前使用 {current}"
    if path is not None and path.stat().st_mode & stat.S_IRGRP:
        return warn(
            f"{found}; its group can read it",
            f"{told}；文件所属的组也能读取",
            f"若该组并非专为本系统设立，请执行 chmod 600 {path}。",
        ), keyring
    return fine(found, told), keyring


def judge_calendar(statutes: Law, today: date) -> Judgement:
    """Warn when a deadline that starts within a month may fall into a year whose holidays are not known."""
    known = statutes.calendar.covered_until()
    from_then = today + NOTICE_PERIOD
    if all(statutes.due(name, from_then).covered for name in get_args(DeadlineName)):
        return fine(f"holidays are known until {known}", f"节假日已知至 {known}")
    return warn(
        f"holidays are known until {known}; deadlines that start by {from_then} may pass it",
        f"节假日已知至 {known}；自 {from_then} 或更早起算的期限可能超出",
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
        wrong = [f"also installed by others: {', '.join(doubled)}"] if doubled else []
        wrong += [f"not from this installation: {', '.join(found.elsewhere)}"] if found.elsewhere else []
        told = [f"其他程序也安装了同名的包：{'、'.join(doubled)}"] if doubled else []
        told += [f"不是由本次安装载入：{'、'.join(found.elsewhere)}"] if found.elsewhere else []
        return refuse("; ".join(wrong), "；".join(told), "为本系统单独建立虚拟环境，不要与其他程序混装。")
    hint = "" if found.safe_path else "建议设置 PYTHONSAFEPATH=1，使当前目录中的同名文件不被载入。"
    return fine("all packages are this installation's", "各包均由本次安装载入", hint)
