"""Who proves whom: the users of the broker in routing.yaml, and what they may do there."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.law.law import Law
from credit.routing.routes import Routes
from credit.routing.topics import as_expression, takes
from credit.routing.users import Permissions, Unproven, find_unproven, permit
from schemas import wire
from schemas.envelope import Event
from schemas.errors import ConfigurationError, UnusableError
from schemas.reasons import Reason
from tests.builders import shipped_routes
from tests.unit.credit.small_routing import HEALTH, INSURANCE, OFFICE, POLICE, Editor, national_law

FINANCE = "11410481001581767M"
USERS = f"""users:
  security: {{/security: all}}
  relay: {{/security: ["{POLICE}"], /partner/finance: all}}
  finance: {{/partner/finance: all}}
keys: {{}}"""


@pytest.fixture(scope="module")
def law() -> Law:
    return national_law()


@pytest.fixture
def editor(tmp_path_factory: pytest.TempPathFactory, law: Law) -> Editor:
    return Editor(tmp_path_factory.mktemp("routing"), law)


def event(source: str, sender: str) -> Event:
    family = {"security": "security.offence", "partner": "partner.receipt", "office": "office.honour"}
    head = {"specversion": "1.0", "id": "1", "source": source, "time": "2026-03-06T09:00:00+08:00", "sender": sender}
    return Event.model_validate(head | {"type": f"credit.{family[source.split('/')[1]]}.v1", "data": {}})


def judge(by: Routes, source: str, sender: str, user: str | None) -> Reason | None:
    sent = event(source, sender)
    queue = by.gate.queue_for(sent.type)
    assert queue is not None
    try:
        by.gate.admit(queue, sent, user, wire.canonical)
    except UnusableError as error:
        return error.reason
    return None


@pytest.mark.parametrize(
    ("source", "sender", "user", "reason"),
    [
        ("/security", POLICE, "security", None),
        ("/security", POLICE, "relay", None),
        ("/security", POLICE, "finance", Reason.SENDER_UNPROVEN),
        ("/security", POLICE, "nobody-knows", Reason.SENDER_UNPROVEN),
        ("/security", POLICE, "Security", Reason.SENDER_UNPROVEN),
        ("/security", POLICE, "", Reason.SENDER_UNPROVEN),
        ("/security", POLICE, None, None),
        ("/security", HEALTH, "security", Reason.SENDER_UNKNOWN),
        ("/partner/finance", FINANCE, "finance", None),
        ("/partner/police", POLICE, "finance", Reason.SENDER_UNPROVEN),
        ("/partner/police", POLICE, "security", Reason.SENDER_UNPROVEN),
        ("/partner/finance", POLICE, "finance", Reason.SENDER_UNKNOWN),
    ],
)
def test_a_message_is_admitted_from_a_user_that_is_named_for_its_source_and_sender(
    editor: Editor, source: str, sender: str, user: str | None, reason: Reason | None
) -> None:
    assert judge(editor.load(("keys: {}", USERS)), source, sender, user) is reason


@pytest.mark.parametrize("sender", [HEALTH, OFFICE, POLICE, INSURANCE])
def test_who_shares_a_source_sends_as_itself_alone(sender: str) -> None:
    users = {"health": HEALTH, "credit-office": OFFICE, "police": POLICE, "health-insurance": INSURANCE}
    for user, code in users.items():
        expected = None if code == sender else Reason.SENDER_UNPROVEN
        assert judge(shipped_routes(), "/office", sender, user) is expected


def test_without_users_nobody_is_proven_and_without_the_demand_nobody_is_asked(editor: Editor) -> None:
    assert judge(editor.load(), "/security", POLICE, "security") is Reason.SENDER_UNPROVEN
    lax = editor.load(("    signature: none", "    signature: none\n    user_id: none"))
    assert judge(lax, "/security", POLICE, "") is None


def test_where_a_signature_is_demanded_no_user_takes_its_place(editor: Editor) -> None:
    signed = editor.load(("    signature: none", "    signature: demanded"), ("keys: {}", USERS))
    assert judge(signed, "/security", POLICE, "security") is Reason.SIGNATURE_MISSING


def test_what_nothing_proves_is_named(editor: Editor) -> None:
    assert find_unproven(shipped_routes().gate) == Unproven((), ())
    assert find_unproven(editor.load(("keys: {}", USERS)).gate) == Unproven((), (f"/partner/police {POLICE}",))
    lax = editor.load(("    signature: none", "    signature: none\n    user_id: none"), ("keys: {}", USERS))
    assert find_unproven(lax.gate).open == ("credit.in.security",)
    signed = editor.load(("    signature: none", "    signature: demanded"))
    assert [each.split()[0] for each in find_unproven(signed.gate).mute] == ["/partner/finance", "/partner/police"]


@pytest.mark.parametrize(
    ("users", "complaint"),
    [
        ("users: {a: {/securty: all}}", "no route has the source '/securty' (did you mean '/security'?)"),
        ("users: {a: {/partner/tax: all}}", "no route has the source '/partner/tax'"),
        (f'users: {{a: {{/security: ["{HEALTH}"]}}}}', f"'{HEALTH}' is no sender of /security"),
        ("users: {a: {}}", "users.a"),
        ("users: {a b: {/security: all}}", "a b"),
        ("users: {a: {/security: []}}", "/security"),
    ],
)
def test_a_user_that_could_send_nothing_is_a_mistake(editor: Editor, users: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        editor.load(("keys: {}", f"{users}\nkeys: {{}}"))
    assert complaint in str(caught.value)


def test_a_user_may_publish_its_own_types_and_read_its_own_queues(editor: Editor) -> None:
    found = {each.user: each for each in permit(editor.load(("keys: {}", USERS)))}
    assert list(found) == ["finance", "relay", "security"]
    security = r"^(credit\.security(\..*)?)$"
    assert found["security"] == Permissions("security", "credit.in", security, "^$")
    assert found["finance"].reads == r"^(notice\.finance)$"
    assert found["relay"].topics == r"^(credit\.partner(\..*)?|credit\.security(\..*)?)$"
    assert found["security"].commands("xin glin") == (
        "rabbitmqctl add_user security",
        r"rabbitmqctl set_permissions -p 'xin glin' security '^$' '^(credit\.in)$' '^$'",
        f"rabbitmqctl set_topic_permissions -p 'xin glin' security credit.in '{security}' '^$'",
    )


_WORDS = st.lists(st.sampled_from(["a", "b-c", "d", "dd"]), min_size=1, max_size=4)
_BINDINGS = st.lists(st.sampled_from(["a", "b-c", "d", "*", "#"]), min_size=1, max_size=4)


@given(_BINDINGS.map(".".join), _WORDS.map(".".join))
def test_a_topic_permission_allows_what_its_binding_takes(binding: str, key: str) -> None:
    allowed = re.search(as_expression([binding]), key) is not None
    assert allowed == takes((binding,), key)
