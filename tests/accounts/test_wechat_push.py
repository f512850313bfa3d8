"""WeChat calls us: what it pushes is verified, kept once, and handed on."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, async_sessionmaker

from app.accounts.jobs import forget
from app.accounts.models import WechatAccount, WechatPush
from app.accounts.service.pushes import WECHAT_PUSH, get_push, store_push
from app.core import clock
from app.core.db import Sessionmaker
from app.core.events import LISTENERS
from app.core.job_context import JobContext
from app.core.settings import Environment
from app.core.wechat import Push
from scripts.wechat_standin import openid_of
from scripts.wechat_standin.push_events import PushOrder, content_of, write
from scripts.wechat_standin.pushes import sign
from scripts.wechat_standin.server import Config, PushTarget, Standin
from tests.accounts.factories import make_wechat_account
from tests.conftest import ORIGIN

PUSH = "/wechat/push"
TARGET = PushTarget(url=f"{ORIGIN}{PUSH}", token="dev-push-token", aes_key="abcDEF0123" * 4 + "xyz")
LISTENING = {LISTENERS: {WECHAT_PUSH: ("notifications.pushed", "medication.pushed")}}
FORMATS = pytest.mark.parametrize("form", ["json", "xml"])
MODES = pytest.mark.parametrize("mode", ["plain", "compatible", "secure"])


def configure(app: FastAPI, **changes: Any) -> None:
    keys = {
        "wechat_push_token": SecretStr(TARGET.token),
        "wechat_push_aes_key": SecretStr(TARGET.aes_key),
    }
    app.state.settings = app.state.settings.model_copy(update=keys | changes)


@pytest.fixture(autouse=True)
def configured(app: FastAPI, connection: AsyncConnection) -> None:
    configure(app)
    app.state.sessions = async_sessionmaker(
        connection,
        expire_on_commit=False,
        join_transaction_mode="create_savepoint",
        info=LISTENING,
    )


@pytest.fixture
def standin(app: FastAPI) -> Standin:
    return Standin(
        Config(appid=app.state.settings.wechat_appid, secret="s", push=TARGET),
        now=lambda: clock.now().timestamp(),
    )


def order(event: Any = "user_authorization_revoke", **more: Any) -> PushOrder:
    return PushOrder(user="chen", event=event, **more)


class Letter:
    """One push as WeChat would send it; it may be posted again."""

    def __init__(self, standin: Standin, sent: PushOrder) -> None:
        content = write(content_of(standin, sent), sent.event, sent.format)
        self.query, self.body = sign(standin, TARGET, sent, content)

    async def post(self, client: httpx.AsyncClient, **query: str) -> httpx.Response:
        return await client.post(PUSH, params=self.query | query, content=self.body)


async def count(session: AsyncSession) -> int | None:
    return await session.scalar(select(func.count()).select_from(WechatPush))


async def jobs(session: AsyncSession) -> list[tuple[str, str]]:
    found = await session.execute(
        text("select task_name, args->>'push_id' from procrastinate_jobs order by task_name")
    )
    return [(name, push_id) for name, push_id in found]


async def test_address_check_is_answered(client: httpx.AsyncClient, standin: Standin) -> None:
    query = Letter(standin, order()).query

    answer = await client.get(PUSH, params=query | {"echostr": "<b>7"})
    forged = await client.get(PUSH, params=query | {"echostr": "7", "nonce": "x"})

    assert (answer.status_code, answer.text) == (200, "<b>7")
    assert answer.headers["content-type"].startswith("text/plain")
    assert (forged.status_code, forged.json()["type"]) == (403, "not-allowed")


@MODES
@FORMATS
async def test_push_is_stored_and_handed_on(
    client: httpx.AsyncClient, session: AsyncSession, standin: Standin, mode: Any, form: Any
) -> None:
    account = await make_wechat_account(session, openid=openid_of("chen"))
    neighbour = await make_wechat_account(session)

    answer = await Letter(standin, order(mode=mode, format=form)).post(client)

    assert (answer.status_code, answer.text) == (200, "success")
    row = (await session.scalars(select(WechatPush))).one()
    assert (row.msg_type, row.event) == ("event", "user_authorization_revoke")
    assert row.wechat_account_id == account.id != neighbour.id
    assert await jobs(session) == [
        ("medication.pushed", str(row.id)),
        ("notifications.pushed", str(row.id)),
    ]
    stored = await get_push(session, row.id)
    assert stored
    assert stored.account_id == account.id
    assert stored.push.fields["RevokeInfo"] == "14"
    assert stored.push.openid == openid_of("chen")


async def test_payload_is_unreadable_in_the_database(
    client: httpx.AsyncClient, session: AsyncSession, standin: Standin
) -> None:
    await Letter(standin, order()).post(client)

    raw = await session.scalar(text("select payload from wechat_push"))

    assert raw.startswith("dev-1:")
    assert openid_of("chen") not in raw


@MODES
@FORMATS
async def test_second_delivery_is_answered_and_not_kept(
    client: httpx.AsyncClient, session: AsyncSession, standin: Standin, mode: Any, form: Any
) -> None:
    """The same push, signed and encrypted anew; and another of the same second."""
    with clock.frozen(clock.now()):
        letters = [Letter(standin, order(mode=mode, format=form)) for _ in range(2)]
        other = Letter(standin, order(mode=mode, format=form, fields={"RevokeInfo": "12"}))
        answers = [await letter.post(client) for letter in (*letters, letters[0], other)]

    assert [(a.status_code, a.text) for a in answers] == [(200, "success")] * 4
    assert await count(session) == 2
    assert len(await jobs(session)) == 4


@pytest.mark.parametrize(
    "event",
    [
        "message", "subscribe_msg_popup_event", "subscribe_msg_change_event",
        "subscribe_msg_sent_event", "user_authorization_revoke", "wxa_media_check",
        "user_authorization_cancellation", "user_info_modified", "wxa_punish_event", "debug_demo",
    ],
)  # fmt: skip
@FORMATS
async def test_every_kind_of_push_is_stored(
    client: httpx.AsyncClient, session: AsyncSession, standin: Standin, event: str, form: Any
) -> None:
    answer = await Letter(standin, order(event, format=form)).post(client)

    assert answer.text == "success"
    row = (await session.scalars(select(WechatPush))).one()
    assert row.event == (None if event == "message" else event)


@pytest.mark.parametrize(
    "wrong",
    [{"forged": "signature"}, {"signed_ago_s": 601}, {"signed_ago_s": -605}],
)
@MODES
async def test_forged_and_old_pushes_are_refused(
    client: httpx.AsyncClient, session: AsyncSession, standin: Standin, mode: Any, wrong: Any
) -> None:
    answer = await Letter(standin, order(mode=mode, **wrong)).post(client)

    assert (answer.status_code, answer.json()["type"]) == (403, "not-allowed")
    assert await count(session) == 0
    assert await jobs(session) == []


async def test_push_for_another_appid_is_malformed(
    client: httpx.AsyncClient, session: AsyncSession, standin: Standin
) -> None:
    answer = await Letter(standin, order(forged="appid")).post(client)

    assert (answer.status_code, answer.json()["type"]) == (400, "bad-request")
    assert await count(session) == 0


@pytest.mark.parametrize("body", ["", "{", "<xml>", "[]", '{"MsgType":"event"}'])
async def test_malformed_body_is_refused(
    client: httpx.AsyncClient, session: AsyncSession, standin: Standin, body: str
) -> None:
    letter = Letter(standin, order(mode="plain"))
    letter.body = body

    answer = await letter.post(client)

    assert (answer.status_code, answer.json()["type"]) == (400, "bad-request")
    assert await count(session) == 0


@pytest.mark.parametrize(("filler", "status"), [(65_536, 200), (65_537, 413)])
async def test_body_has_a_bound(
    client: httpx.AsyncClient, session: AsyncSession, standin: Standin, filler: int, status: int
) -> None:
    letter = Letter(standin, order(mode="plain"))
    letter.body += " " * (filler - len(letter.body))

    assert (await letter.post(client)).status_code == status
    assert await count(session) == (1 if status == 200 else 0)


async def test_production_takes_encrypted_pushes_only(
    app: FastAPI, client: httpx.AsyncClient, standin: Standin
) -> None:
    configure(app, environment=Environment.PRODUCTION)

    answers = [
        await Letter(standin, order(mode=mode)).post(client)
        for mode in ("plain", "secure", "compatible")
    ]

    assert [a.status_code for a in answers] == [403, 200, 200]


async def test_dropping_encrypt_type_does_not_make_a_secure_push_plain(
    app: FastAPI, client: httpx.AsyncClient, session: AsyncSession, standin: Standin
) -> None:
    configure(app, environment=Environment.PRODUCTION)

    answer = await Letter(standin, order(mode="compatible")).post(client, encrypt_type="raw")

    assert answer.status_code == 403
    assert await count(session) == 0


async def test_without_settings_there_is_no_such_address(
    app: FastAPI, client: httpx.AsyncClient, standin: Standin
) -> None:
    configure(app, wechat_push_token=None, wechat_push_aes_key=None)
    letter = Letter(standin, order())

    assert (await letter.post(client)).status_code == 404
    assert (await client.get(PUSH, params=letter.query)).status_code == 404


async def test_push_about_nobody_here_is_kept_too(
    client: httpx.AsyncClient, session: AsyncSession, standin: Standin
) -> None:
    await Letter(standin, order("user_authorization_cancellation")).post(client)

    assert (await session.scalars(select(WechatPush.wechat_account_id))).one() is None


async def test_two_deliveries_at_once_are_one_push(committed_database: Sessionmaker) -> None:
    push = Push({"MsgType": "text", "FromUserName": "o1", "MsgId": "1"})
    neighbour = Push({"MsgType": "text", "FromUserName": "o1", "MsgId": "2"})
    committed_database.configure(info=LISTENING)
    begun = asyncio.Barrier(2)

    async def deliver() -> bool:
        async with committed_database.begin() as session:
            await session.scalar(select(WechatAccount.id).limit(1))
            await begun.wait()
            return await store_push(session, push)

    stored = await asyncio.gather(deliver(), deliver())
    async with committed_database.begin() as session:
        another = await store_push(session, neighbour)
        assert await count(session) == 2
        assert len(await jobs(session)) == 4

    assert sorted(stored) == [False, True]
    assert another


async def test_push_that_cannot_be_handed_on_is_not_kept(
    committed_database: Sessionmaker,
) -> None:
    """So that the next try of WeChat finds it new."""
    push = Push({"MsgType": "text", "FromUserName": "o1", "MsgId": "1"})

    async def die_half_way() -> None:
        async with committed_database.begin() as session:
            await store_push(session, push)
            raise RuntimeError("the process died")

    with pytest.raises(RuntimeError, match="died"):
        await die_half_way()

    async with committed_database.begin() as session:
        assert await count(session) == 0
        assert await store_push(session, push)


@pytest.mark.parametrize(("days", "left"), [(29, 2), (30, 1)])
async def test_pushes_are_forgotten_after_thirty_days(
    sessions: Sessionmaker, session: AsyncSession, days: int, left: int
) -> None:
    now = clock.now()
    unused: Any = None
    with clock.frozen(now):
        await store_push(session, Push({"MsgType": "text", "FromUserName": "o", "MsgId": "1"}))
    with clock.frozen(now + timedelta(days=20)):
        await store_push(session, Push({"MsgType": "text", "FromUserName": "o", "MsgId": "2"}))
    await session.commit()

    context = JobContext(unused, sessions, unused, unused)
    with clock.frozen(now + timedelta(days=days, seconds=1)):
        await forget(context)

    assert await count(session) == left


def test_target_hides_its_keys() -> None:
    assert TARGET.token not in repr(replace(TARGET))
    assert TARGET.aes_key not in repr(TARGET)
