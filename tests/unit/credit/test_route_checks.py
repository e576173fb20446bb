from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from credit.law.law import Law
from credit.routing import routes
from schemas.errors import ConfigurationError
from tests.installed import MODELS
from tests.unit.credit.small_routing import POLICE, TODAY, Editor, national_law


@pytest.fixture(scope="module")
def law() -> Law:
    return national_law()


@pytest.fixture
def editor(tmp_path: Path, law: Law) -> Editor:
    return Editor(tmp_path, law)


def complaints(editor: Editor, *edits: tuple[str, str], on: date = TODAY) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        editor.load(*edits, on=on)
    return str(caught.value).replace(f"{editor.folder}/", "").splitlines()


MISTAKES = {
    "unknown key": (
        ("    signature: none\n  credit.in.receipts", "    signatur: none\n  credit.in.receipts"),
        [
            "13: routes.credit.in.security: 'signature' is missing",
            "16: routes.credit.in.security.signatur: unknown key 'signatur' (did you mean 'signature'?)",
        ],
    ),
    "duplicate key": (
        ("    signature: none\n  credit.in.receipts", "    source: /x\n    signature: none\n  credit.in.receipts"),
        ["16: routes.credit.in.security.source: duplicate key, first written on line 14"],
    ),
    "unknown agency": (
        ("      finance:\n", "      finace:\n"),
        ["34: grounds.harm.agencies.finace: unknown agency 'finace' (did you mean 'finance'?)"],
    ),
    "unknown measure": (
        ("        - code: M06", "        - code: M66"),
        ["35: grounds.harm.agencies.finance[0].code: unknown measure 'M66' (did you mean 'M06'?)"],
    ),
    "unknown measure among powers": (
        ("powers: [M06]", "powers: [M06, M6]"),
        ["22: partners.finance.powers[1]: unknown measure 'M6' (did you mean 'M06'?)"],
    ),
    "measure not for persons": (
        (
            "      finance:\n        - code: M06",
            "      police:\n        - code: M09",
        ),
        [
            (
                "35: grounds.harm.agencies.police[0].code: "
                "measure M09 纳入重点监管范围 is not for person; limit it with kinds"
            )
        ],
    ),
    "kinds that the ground is not for": (
        ("          basis: 发改财金〔2018〕1399号", "          basis: 文件\n          kinds: [organisation]"),
        ["37: grounds.harm.agencies.finance[0].kinds: the ground is not for organisation"],
    ),
    "measure outside the powers": (
        ("        - code: M06", "        - code: M07"),
        ["35: grounds.harm.agencies.finance[0].code: measure M07 is not among the powers of 'finance' (M06)"],
    ),
    "class one without an article": (
        ("      finance:\n        - code: M06", "      police:\n        - code: M04"),
        [
            (
                "36: grounds.harm.agencies.police[0].basis: "
                "M04 takes a right away: name the law and its article, as in 《…法》第…条"
            )
        ],
    ),
    "measure named twice": (
        ("        - code: M06", "        - {code: M06, basis: 文件}\n        - code: M06"),
        ["36: grounds.harm.agencies.finance[1].code: measure M06 is named twice for the same kind of party"],
    ),
    "queue without route": (
        ('    credit.in.receipts: ["credit.partner.#"]', '    credit.in.office: ["credit.office.#"]'),
        [
            "10: broker.inbound.credit.in.office: no entry under routes says who may send by this queue",
            (
                "17: routes.credit.in.receipts: unknown queue 'credit.in.receipts', it is not under broker.inbound"
                " (did you mean 'credit.in.security'?)"
            ),
        ],
    ),
    "bad organ code": (
        ('organ_code: "11410481001581767M"', 'organ_code: "11410481001581767K"'),
        [
            (
                "22: partners.finance.organ_code: "
                "'11410481001581767K' is not a unified social credit code: look for a wrong character"
            )
        ],
    ),
    "placeholder for a code": (
        ('senders: ["11410481684874525W"]', 'senders: ["000000000000000000"]'),
        [
            (
                "15: routes.credit.in.security.senders[0]: "
                "'000000000000000000' is not a unified social credit code: look for a wrong character"
            )
        ],
    ),
    "code in lower case": (
        ('authority: "11410481983690064T"', 'authority: "11410481983690064t"'),
        ["1: authority: '11410481983690064t' must be written '11410481983690064T'"],
    ),
    "code without quotes": (
        ('senders: ["11410481684874525W"]', "senders: [114104816428926969]"),
        ["15: routes.credit.in.security.senders[0]: 114104816428926969 must be text: write it in quotes"],
    ),
    "one code for two agencies": (
        ('organ_code: "11410481684874525W"', 'organ_code: "11410481001581767M"'),
        ["23: partners.police.organ_code: this is already the code of 'finance'"],
    ),
    "an institution run by two agencies": (
        (
            'powers: [M06]}\n  police: {name: 舞钢市公安局, organ_code: "11410481684874525W", powers: [M04, M09]}',
            (
                'powers: [M06], runs: ["124104814170481228"]}\n'
                '  police: {name: 舞钢市公安局, organ_code: "11410481684874525W", powers: [M04, M09],'
                ' runs: ["124104814170481229", "124104814170481228"]}'
            ),
        ),
        [
            (
                "23: partners.police.runs[0]: "
                "'124104814170481229' is not a unified social credit code: look for a wrong character"
            ),
            "23: partners.police.runs[1]: this institution is already run by 'finance'",
        ],
    ),
    "an agency named like the word for one": (
        ("  police: {", "  organiser: {"),
        ["23: partners.organiser: this word stands for the agency that runs a party; take another name"],
    ),
    "an organiser where nobody runs anything": (
        ("      finance:\n", "      organiser:\n"),
        [
            (
                "34: grounds.harm.agencies.organiser: "
                "no partner says by 'runs' which institutions it runs, so this would reach nobody"
            )
        ],
    ),
    "family that no connector reads": (
        ("family: credit.security.offence", "family: credit.securty.offence"),
        [
            (
                "32: grounds.harm.when[0].family: no connector reads 'credit.securty.offence' "
                "(did you mean 'credit.security.offence'?)"
            )
        ],
    ),
    "family that no queue takes": (
        ("family: credit.security.offence, items: {sanction: [detention, criminal]}", "family: credit.office.honour"),
        [
            (
                "32: grounds.harm.when[0].family: no queue takes messages of 'credit.office.honour': "
                "bind one for its types"
            )
        ],
    ),
    "item that the message does not have": (
        ("items: {sanction:", "items: {sanctoin:"),
        [
            (
                "32: grounds.harm.when[0].items.sanctoin: "
                "credit.security.offence has no item 'sanctoin' (did you mean 'sanction'?)"
            )
        ],
    ),
    "value that the item cannot have": (
        ("[detention, criminal]", "[detension, criminal]"),
        ["32: grounds.harm.when[0].items.sanction[0]: unknown value 'detension' (did you mean 'detention'?)"],
    ),
    "unknown kind of party": (
        ("party_kinds: [person]", "party_kinds: [persons]"),
        ["30: grounds.harm.party_kinds[0]: unknown value 'persons' (did you mean 'person'?)"],
    ),
    "route without senders": (
        ('    senders: ["11410481684874525W"]\n', ""),
        ["13: routes.credit.in.security: needs either senders or senders_file"],
    ),
    "senders of a source that has its own": (
        ("    source: /partner/*\n", '    source: /partner/*\n    senders: ["11410481684874525W"]\n'),
        ["17: routes.credit.in.receipts: the senders of this source are those of its agencies or feeds"],
    ),
    "star where there is nothing to stand for": (
        ("source: /partner/*", "source: /licensing/*"),
        ["17: routes.credit.in.receipts: only /partner/* and /feed/* stand for several sources"],
    ),
    "missing file of senders": (
        ('senders: ["11410481684874525W"]', "senders_file: nowhere.txt"),
        ["15: routes.credit.in.security.senders_file: there is no file nowhere.txt"],
    ),
    "unknown algorithm": (
        ("keys: {}", 'keys:\n  k: {algorithm: ed2519, public_key: "AA==", sender: "11410481684874525W"}'),
        ["21: keys.k.algorithm: unknown algorithm 'ed2519' (did you mean 'ed25519'?)"],
    ),
    "key of the wrong size": (
        ("keys: {}", 'keys:\n  k: {algorithm: ed25519, public_key: "AA==", sender: "11410481684874525W"}'),
        ["21: keys.k.public_key: is not the base64 of a raw ed25519 public key"],
    ),
    "key that is no base64": (
        ("keys: {}", 'keys:\n  k: {algorithm: ed25519, public_key: "钥匙", sender: "11410481684874525W"}'),
        ["21: keys.k.public_key: is not the base64 of a raw ed25519 public key"],
    ),
    "two queues of one name": (
        ("  outbound: {}", '  outbound:\n    notice.finance: ["alert.#"]'),
        ["12: broker.outbound.notice.finance: this name is already that of another queue"],
    ),
    "exchanges that coincide": (
        ("exchange_dead: credit.dead", "exchange_dead: credit.out"),
        ["2: broker: exchange_in, exchange_out and exchange_dead must be three"],
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_named_with_file_and_line(editor: Editor, name: str) -> None:
    edit, expected = MISTAKES[name]
    assert complaints(editor, edit) == [f"routing.yaml:{line}" for line in expected]


def test_a_measure_before_its_day_is_refused(editor: Editor) -> None:
    assert complaints(editor, on=date(2021, 12, 15)) == [
        "routing.yaml:22: partners.finance.powers[0]: measure M06 is not in force on 2021-12-15",
        "routing.yaml:23: partners.police.powers[0]: measure M04 is not in force on 2021-12-15",
        "routing.yaml:23: partners.police.powers[1]: measure M09 is not in force on 2021-12-15",
        "routing.yaml:35: grounds.harm.agencies.finance[0].code: measure M06 is not in force on 2021-12-15",
    ]


def test_a_missing_file(law: Law, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"routing\.yaml: cannot be read"):
        routes.load(tmp_path / "routing.yaml", law, TODAY, MODELS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            f"{POLICE}\n\n11410481684874525X\n",
            "senders.txt:3: '11410481684874525X' is not a unified social credit code: look for a wrong character",
        ),
        ("# nobody yet\n", "senders.txt:1: names no sender, so the queue could take nothing"),
    ],
)
def test_a_bad_file_of_senders(editor: Editor, text: str, expected: str) -> None:
    (editor.folder / "senders.txt").write_text(text, encoding="utf-8")
    assert complaints(editor, ('senders: ["11410481684874525W"]', "senders_file: senders.txt")) == [expected]
