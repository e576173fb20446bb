"""The made-up city: its institutions and people, with identifiers that are valid and belong to nobody.

The check characters are computed here on their own, not by `credit.identity`: what is generated is an
independent witness of what is checked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import count

from schemas.party import PartyKind

REGION = "410481"

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def org_code(serial: str) -> str:
    """Return the organisation code of an 8-character serial: with its check character (GB 11714)."""
    total = sum(int(char, 36) * weight for char, weight in zip(serial, _ORG_WEIGHTS, strict=True))
    return serial + "0123456789X0"[11 - total % 11]


def uscc(prefix: str, serial: str, region: str = REGION) -> str:
    """Return the unified social credit code of an 8-character serial (GB 32100-2015).

    `prefix` is the registering department and the kind of body, such as 12 or 92.
    """
    body = prefix + region + org_code(serial)
    total = sum(_USCC_ALPHABET.index(char) * 3**place for place, char in enumerate(body))
    return body + _USCC_ALPHABET[-total % 31]


def person_id(birth: date, serial: str, region: str = REGION) -> str:
    """Return the citizen number of a birth date and a 3-digit serial (GB 11643-1999)."""
    body = f"{region}{birth:%Y%m%d}{serial}"
    total = sum(int(char) * weight for char, weight in zip(body, _ID_WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]


@dataclass(frozen=True, slots=True)
class Institution:
    """An institution, public place or producer; `head` is its legal representative or owner."""

    name: str
    kind: PartyKind
    uscc: str
    role: str
    head: str
    licence_no: str | None = None
    insurer_code: str | None = None

    @property
    def org_code(self) -> str:
        """The old organisation code, which is a part of the unified social credit code."""
        return self.uscc[8:17]

    def party(self) -> dict[str, str]:
        """Return the institution as a message names it, with every identifier it has."""
        known = {"licence_no": self.licence_no, "insurer_code": self.insurer_code}
        return {"kind": self.kind, "name": self.name, "uscc": self.uscc, **_present(known)}


@dataclass(frozen=True, slots=True)
class Person:
    """A physician or nurse, who has a workplace and a certificate, or a member of the public."""

    name: str
    role: str
    id_type: str
    id_no: str
    certificate_no: str | None = None
    insurer_code: str | None = None
    workplace: Institution | None = None

    @property
    def old_no(self) -> str:
        """The 15-digit number that was in use until 1999; only for a mainland number."""
        return self.id_no[:6] + self.id_no[8:17]

    def party(self) -> dict[str, str]:
        """Return the person as a message names them, with every identifier they have."""
        known = {"certificate_no": self.certificate_no, "insurer_code": self.insurer_code}
        number = {"id_type": self.id_type, "id_no": self.id_no}
        return {"kind": "person", "name": self.name, **number, **_present(known)}


Subject = Institution | Person


@dataclass(frozen=True, slots=True)
class Town:
    """Everybody the messages are about. It is the same for every seed: a seed chooses what happens."""

    medical: tuple[Institution, ...]
    places: tuple[Institution, ...]
    producers: tuple[Institution, ...]
    practitioners: tuple[Person, ...]
    citizens: tuple[Person, ...]

    @property
    def institutions(self) -> tuple[Institution, ...]:
        """Every institution, public place and producer."""
        return self.medical + self.places + self.producers

    @property
    def carers(self) -> tuple[Subject, ...]:
        """Every medical institution and practitioner."""
        return (*self.medical, *self.practitioners)


# Department and kind of body, role, economic type with class (WS 218) and management of the licence, names.
_INSTITUTIONS = (
    ("12", "institution", "11A1001", ("第一医院", "第二医院", "第三医院")),
    ("12", "institution", "11A2101", ("中医院",)),
    ("12", "institution", "11G1001", ("妇幼保健院",)),
    ("12", "institution", "11C2201", ("东乡卫生院", "西乡卫生院", "山口乡卫生院")),
    ("12", "institution", "11B1001", ("湖滨社区卫生服务中心",)),
    ("52", "institution", "31A1001", ("康宁医院", "仁和医院", "惠民医院")),
    ("52", "institution", "31A5111", ("博爱口腔医院",)),
    ("91", "institution", "17A5202", ("明目眼科医院有限公司", "美仑医疗美容门诊部有限公司")),
    ("92", "institution", "61D2112", ("朝阳诊所", "春风诊所", "同安诊所", "济和诊所", "文昌诊所")),
    ("92", "institution", "61D2122", ("杏园中医诊所", "百草中医诊所")),
    ("92", "institution", "61D2152", ("康牙口腔诊所",)),
    ("91", "public_place", "", ("云来宾馆有限公司", "碧波游泳馆有限公司", "广汇商场有限公司")),
    ("92", "public_place", "", ("清泉浴池", "温泉洗浴中心", "新潮理发店", "丽人美容美发店", "平安旅馆")),
    ("92", "public_place", "", ("星光歌厅", "悦读茶社")),
    ("91", "water_supplier", "", ("城南供水有限公司", "湖滨供水有限公司")),
    ("91", "disinfectant_producer", "", ("洁净消毒用品有限公司",)),
    ("91", "tableware_disinfector", "", ("净雅餐具消毒有限公司",)),
)
_SURNAMES = "林周苏沈顾程陆梁杜江白夏秦石方叶葛连柳甘"
# Names of herbs: natural to read, and nobody's register has them all.
_GIVEN = (
    *("半夏", "茯苓", "白芷", "连翘", "杜仲", "景天", "紫苏", "当归", "远志", "青黛", "忍冬", "南星"),
    *("佩兰", "泽兰", "决明", "辛夷", "玉竹", "重楼", "灵仙", "云苓", "降香", "沉香", "石斛", "空青"),
)
_PHYSICIANS, _NURSES, _CITIZENS, _INSPECTORS = 28, 12, 40, 7
_MAINLAND = "身份证"
_RESIDENCE = "其他-港澳台居民居住证"
_OTHER_DOCUMENTS = {
    5: (_RESIDENCE, person_id(date(1994, 8, 23), "205", "810000")),
    17: (_RESIDENCE, person_id(date(1992, 1, 30), "217", "830000")),
    31: ("外国人永久居留身份证", person_id(date(1985, 6, 7), "231", "941840")),
    52: ("护照号", "EX0481052"),
    64: ("港澳居民来往内地通行证", "H00481064"),
    73: (_RESIDENCE, person_id(date(1985, 1, 1), "273", "820000")),
}


@cache
def town() -> Town:
    """Return the made-up city."""
    institutions = tuple(_institutions())
    medical = tuple(one for one in institutions if one.role == "institution")
    people = [_person(number, medical) for number in range(_PHYSICIANS + _NURSES + _CITIZENS)]
    return Town(
        medical=medical,
        places=tuple(one for one in institutions if one.role == "public_place"),
        producers=tuple(one for one in institutions if one.role not in {"institution", "public_place"}),
        practitioners=tuple(one for one in people if one.workplace),
        citizens=tuple(one for one in people if not one.workplace),
    )


def outsider(number: int) -> Institution:
    """Return a clinic outside the town, whose licence number no message of the town mentions."""
    return _institution(500 + number, "92", "institution", "61D2112", f"外县第{number}诊所")


def inspectors() -> tuple[Person, ...]:
    """Return the health inspectors 卫生监督员 of the town."""
    return tuple(
        Person(
            name=_name(300 + number),
            role="inspector",
            id_type=_MAINLAND,
            id_no=person_id(date(1971 + number, 4, 5), f"{601 + number}"),
            certificate_no=f"豫0481{number + 101:04d}",
        )
        for number in range(_INSPECTORS)
    )


def _institutions() -> Iterator[Institution]:
    numbers = count(1)
    for prefix, role, licence, names in _INSTITUTIONS:
        for name in names:
            yield _institution(next(numbers), prefix, role, licence, name)


def _institution(number: int, prefix: str, role: str, licence: str, name: str) -> Institution:
    code = uscc(prefix, f"4810{number:04d}" if prefix in {"12", "52"} else f"MA9XL{number:03d}")
    return Institution(
        name=("舞钢示例" if name.endswith("公司") else "舞钢市示例") + name,
        kind="individual_business" if prefix == "92" else "organisation",
        uscc=code,
        role=role,
        head=_name(200 + number),
        licence_no=code[8:17] + REGION + licence if licence else None,
        insurer_code=f"H{REGION}{number:05d}" if licence else None,
    )


def _person(number: int, employers: tuple[Institution, ...]) -> Person:
    birth = date(1958, 1, 1) + timedelta(days=number * 199 % 15000)
    id_type, id_no = _OTHER_DOCUMENTS.get(number, (_MAINLAND, person_id(birth, f"{number + 1:03d}")))
    if number >= _PHYSICIANS + _NURSES:
        return Person(_name(number), "citizen", id_type, id_no)
    physician = number < _PHYSICIANS
    return Person(
        name=_name(number),
        role="physician" if physician else "nurse",
        id_type=id_type,
        id_no=id_no,
        certificate_no=f"110{REGION}{number:06d}" if physician else f"201541{number:06d}",
        insurer_code=f"{'D' if physician else 'N'}{REGION}{number:06d}",
        workplace=employers[number % len(employers)],
    )


def _name(number: int) -> str:
    surname = _SURNAMES[number % len(_SURNAMES)]
    return surname + _GIVEN[(number + number // len(_SURNAMES)) % len(_GIVEN)]


def _present(values: dict[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value is not None}
