"""`xinglin keys`: the keys that seal ID numbers and messages at rest."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from credit import vault
from credit.store import rotation
from credit.vault import Algorithm
from schemas.errors import ConfigurationError
from workers import settings
from workers.cli.common import AsJson, Home, print_json, runtime, screen
from workers.cli.ingest import progress

app = typer.Typer(help="Make and change the keys that seal what is kept.", no_args_is_help=True)

Cipher = Annotated[Algorithm, typer.Option("--cipher", help="Cipher of the new key.")]


@app.command("new")
def new(path: Path, cipher: Cipher = Algorithm.AES_256_GCM) -> None:
    """Make a new key file at PATH (mode 0600); name it in XINGLIN_KEY_FILE and keep a copy in a safe place."""
    if path.exists():
        raise ConfigurationError(f"{path} is there already; keys are never overwritten, choose another name")
    vault.save(vault.generate(cipher), path)
    screen().print(f"New keys are in [bold]{path}[/]. Without them nothing that was kept can be read: copy them.")


@app.command("rotate")
def rotate(home: Home = None, cipher: Cipher = Algorithm.AES_256_GCM, as_json: AsJson = False) -> None:
    """Make a new data key and seal everything that is kept with it; may be interrupted and run again.

    The old keys stay in the file until they are taken out by hand: backups are sealed with them.
    """
    chosen = settings.read(home=home)
    with runtime(home) as opened:
        path = vault.key_file(chosen.home, chosen.environ)
        if path is None:
            raise ConfigurationError("the keys come from XINGLIN_KEYS; put them in a file and set XINGLIN_KEY_FILE")
        keyring = opened.keyring
        if rotation.is_complete(opened.engine, keyring):
            keyring = vault.with_new_key(keyring, cipher)
            vault.save(keyring, path)
        with progress() as bar:
            task = bar.add_task("sealing again", total=rotation.count_old(opened.engine, keyring))
            resealed = rotation.reseal(opened.engine, keyring, lambda n: bar.advance(task, n))
    if as_json:
        print_json({"key": keyring.current, "resealed": resealed})
    else:
        screen().print(f"Key [bold]{keyring.current}[/] is in use; {resealed} values were sealed again.")
