"""`xinglin keys`: the keys that seal ID numbers and messages at rest."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from credit import vault
from credit.store import roll, rotation
from credit.store.engine import reading
from credit.vault import Algorithm
from schemas.errors import ConfigurationError
from workers import keyfile, settings
from workers.broker import transport
from workers.cli.common import AsJson, Home, print_json, runtime, tell
from workers.cli.ingest import progress
from workers.holders import refuse_holders
from workers.runtime import Runtime
from workers.show.style import GOOD

app = typer.Typer(help="生成和更换加密存储所用的密钥。", no_args_is_help=True)

Cipher = Annotated[Algorithm, typer.Option("--cipher", help="新密钥的算法。")]


@app.command("new")
def new(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="密钥文件，不得已存在。", show_default=False)],
    cipher: Cipher = Algorithm.AES_256_GCM,
    as_json: AsJson = False,
) -> None:
    """在 PATH 生成新的密钥文件（权限 0600），不覆盖已有的文件。

    目录不存在时建立。随后在 XINGLIN_KEY_FILE 中写明位置，并另行备份。
    """
    if path.exists():
        raise ConfigurationError(f"{path} is there already; keys are never overwritten, choose another name")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    keyring = vault.generate(cipher)
    keyfile.save(keyring, path)
    if as_json:
        print_json({"file": str(path), "key": keyring.current})
    else:
        tell(f"✓ 新密钥在 {path}\n没有它，已存储的内容无法读取：请立即另行妥善备份。", GOOD)


@app.command("rotate")
def rotate(home: Home = None, cipher: Cipher = Algorithm.AES_256_GCM, as_json: AsJson = False) -> None:
    """生成新的数据密钥，并用它将已存储的内容重新加密。

    可随时中断，再次执行时继续。旧密钥仍留在文件中，供读取以往的备份，不再需要时由人工移除。
    """
    chosen = settings.read(home=home)
    with runtime(home) as opened:
        path = keyfile.key_file(chosen.home, chosen.environ)
        if path is None:
            raise ConfigurationError("the keys come from XINGLIN_KEYS; put them in a file and set XINGLIN_KEY_FILE")
        if not chosen.servers:
            _refuse_company(opened)
        keyring = opened.keyring
        if rotation.is_complete(opened.engine, keyring):
            keyring = vault.with_new_key(keyring, cipher)
            keyfile.save(keyring, path)
        with progress() as bar:
            task = bar.add_task("重新加密", total=rotation.count_old(opened.engine, keyring))
            resealed = rotation.reseal(opened.engine, keyring, lambda n: bar.advance(task, n))
        if not chosen.servers:
            resealed += transport.reseal(chosen.home / "broker.sqlite", keyring)
    if as_json:
        print_json({"key": keyring.current, "resealed": resealed})
    else:
        tell(f"✓ 当前使用密钥 {keyring.current}，已重新加密 {resealed:,} 项。", GOOD)


def _refuse_company(opened: Runtime) -> None:
    """Refuse while others work on an embedded home: what they put into its broker would be sealed with former keys.

    On servers a worker that runs on notices the new key before anything is sealed with it, and stops.
    """
    with reading(opened.engine) as connection:
        busy = roll.at_work(connection, opened.terms.clock())
    if busy:
        named = "; ".join(f"worker {row.kind}, process {row.pid}" for row in busy)
        error = ConfigurationError(
            f"workers are at work on this home: {named}. Stop them (one that was killed is forgotten after "
            f"{roll.SILENCE.seconds} s), then run `xinglin keys rotate` again"
        )
        error.add_note("没有更换密钥：worker 还在运行。请先停止 worker，再执行。")
        raise error
    refuse_holders(opened.settings.home, "its keys are rotated")
