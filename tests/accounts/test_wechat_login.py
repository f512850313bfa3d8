"""A phone logs in by the code of wx.login."""

import httpx
import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import StaffAccount, WechatAccount
from app.core.wechat import WeChatBusy, WeChatMisconfigured, WeChatTrouble, WeChatUserBlocked
from tests.accounts.conftest import Known
from tests.accounts.factories import make_wechat_account
from tests.fake_wechat import FakeWeChat
from tests.patients.factories import make_patient

LOGIN = "/api/auth/wechat"
PATH = "/sns/jscode2session"


async def test_first_login_makes_an_account_and_second_keeps_it(
    client: httpx.AsyncClient, session: AsyncSession, wechat: FakeWeChat
) -> None:
    wechat.openids = {"first": "openid-a", "second": "openid-a"}

    answers = [await client.post(LOGIN, json={"code": c}) for c in ("first", "second")]

    assert [a.status_code for a in answers] == [200, 200]
    account = (
        await session.scalars(select(WechatAccount).where(WechatAccount.openid == "openid-a"))
    ).one()
    assert account.session_key == "key of second"
    assert answers[0].json()["expires_in_s"] == 7200
    assert (answers[0].json()["bound"], answers[0].json()["staff"]) == (False, False)


async def test_session_key_is_never_in_clear_in_the_database(
    client: httpx.AsyncClient, session: AsyncSession, wechat: FakeWeChat
) -> None:
    wechat.openids = {"one": "openid-a"}
    await client.post(LOGIN, json={"code": "one"})

    stored = await session.scalar(text("select session_key from wechat_account"))

    assert stored.startswith("dev-1:")
    assert "key of one" not in stored


async def test_login_tells_whether_the_phone_is_bound_or_of_staff(
    client: httpx.AsyncClient, session: AsyncSession, wechat: FakeWeChat, doctor: Known
) -> None:
    account = await make_wechat_account(session, openid="openid-a")
    await make_patient(session, bound=False, wechat_account_id=account.id)
    (await session.get_one(StaffAccount, doctor.id)).wechat_account_id = account.id
    await session.flush()
    wechat.openids = {"one": "openid-a"}

    answer = await client.post(LOGIN, json={"code": "one"})

    assert (answer.json()["bound"], answer.json()["staff"]) == (True, True)


@pytest.mark.usefixtures("wechat")
async def test_spent_code_asks_for_a_new_one(client: httpx.AsyncClient) -> None:
    answer = await client.post(LOGIN, json={"code": "spent"})

    assert answer.status_code == 401
    assert answer.json()["type"] == "wechat-code-invalid"


@pytest.mark.parametrize(
    ("trouble", "status", "kind"),
    [
        (WeChatBusy(PATH, 45011), 503, "wechat-busy"),
        (WeChatUserBlocked(PATH, 40226), 403, "wechat-login-blocked"),
        (WeChatMisconfigured(PATH, 40013), 503, "wechat-unavailable"),
    ],
)
async def test_trouble_of_wechat_is_told_as_a_problem(
    client: httpx.AsyncClient, wechat: FakeWeChat, trouble: WeChatTrouble, status: int, kind: str
) -> None:
    wechat.trouble = trouble

    answer = await client.post(LOGIN, json={"code": "one"})

    assert (answer.status_code, answer.json()["type"]) == (status, kind)
