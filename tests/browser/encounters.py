"""What somebody meets by chance: the steps of a login, and what two persons do at once."""

from __future__ import annotations

import pyotp

from tests.browser.town import find_parked
from tests.browser.walk import Walker
from tests.browser.writing import NEW_PASSWORD
from tests.builders import desk
from workers.decisions import lots
from workers.decisions.parking import Mending
from workers.demo.staff import Login
from workers.runtime import Runtime


def at_the_door(walker: Walker, fresh: Login, guard: Login) -> None:
    """Be refused, come in with an initial password, and as an administrator set a second factor up."""
    walker.open("/login")
    walker.press({"name": fresh.account, "password": "不是这个"}, 400)
    walker.press({"name": fresh.account, "password": fresh.password})
    assert "/login/more" in walker.page.url
    walker.press({"new": NEW_PASSWORD, "again": "又一个"}, 400)
    walker.press({"new": NEW_PASSWORD, "again": NEW_PASSWORD})
    assert walker.page.inner_text("h1") == "待办"
    walker.page.context.clear_cookies()
    walker.open("/login")
    walker.press({"name": guard.account, "password": guard.password})
    walker.press({"code": "000000", "password": guard.password}, 400)
    code = pyotp.TOTP(walker.page.inner_text("main code")).now()
    walker.press({"code": code, "password": guard.password})
    assert walker.page.inner_text("h1") == "待办"


def two_at_once(walker: Walker, town: Runtime) -> None:
    """Mend a message that somebody else has mended meanwhile."""
    number = find_parked(town, "fine.implausible")[0]
    walker.open(f"/parked/{number}/mend")
    setting = lots.read_setting("data.CF_SY=另一人所改")
    desk(town, "先到").mend([number], Mending(lambda raw: lots.apply([setting], raw)))
    walker.press({"why": "后到"}, 409)
    assert "有人已修正了它" in walker.page.inner_text("main")
