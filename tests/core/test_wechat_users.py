"""Phone numbers, session keys and Mini Program codes through the client."""

from datetime import timedelta

import pytest
from pydantic import SecretStr

from app.core.clock import now
from app.core.wechat import (
    Token,
    WeChat,
    WeChatBusy,
    WeChatCodeInvalid,
    WeChatFailed,
    WeChatMisconfigured,
    WeChatTrouble,
)
from scripts.wechat_standin import openid_of
from tests.standin.running import (
    CHECK,
    PHONE,
    QUICK,
    MemoryTokens,
    Running,
)


async def test_phone_code_becomes_number_once(here: Running, wechat: WeChat) -> None:
    code = await here.phone_code("chen", "13800000001")

    phone = await wechat.phone_number(code, openid_of("chen"))
    with pytest.raises(WeChatCodeInvalid):
        await wechat.phone_number(code, openid_of("chen"))

    assert (phone.pure_number, phone.country_code) == ("13800000001", "86")


async def test_foreign_number_keeps_its_country(here: Running, wechat: WeChat) -> None:
    code = await here.phone_code("chen", "+852-51234567")

    phone = await wechat.phone_number(code, openid_of("chen"))

    assert (phone.number, phone.pure_number) == ("+85251234567", "51234567")


async def test_phone_code_of_another_user_is_refused(here: Running, wechat: WeChat) -> None:
    code = await here.phone_code("chen")

    with pytest.raises(WeChatCodeInvalid):
        await wechat.phone_number(code, openid_of("li"))


async def test_phone_code_is_not_resent_after_a_timeout(here: Running) -> None:
    token = Token(SecretStr(await here.token()), now() + timedelta(hours=1))
    wechat = here.wechat(MemoryTokens(token), timeout=QUICK)
    code = await here.phone_code()
    await here.fault(PHONE, timeout_after=5)

    with pytest.raises(WeChatBusy):
        await wechat.phone_number(code, openid_of("chen"))

    assert here.calls(PHONE) == 1


async def test_rotated_session_key_is_noticed(here: Running, wechat: WeChat) -> None:
    first = await wechat.code_to_session(await here.login_code())
    assert await wechat.check_session_key(first.openid, first.session_key)

    second = await wechat.code_to_session(await here.login_code(rotate=True))

    assert not await wechat.check_session_key(first.openid, first.session_key)
    assert await wechat.check_session_key(second.openid, second.session_key)


async def test_reset_kills_the_old_key(here: Running, wechat: WeChat) -> None:
    first = await wechat.code_to_session(await here.login_code())

    second = await wechat.reset_user_session_key(first.openid, first.session_key)

    assert second.openid == first.openid
    assert not await wechat.check_session_key(first.openid, first.session_key)
    assert await wechat.check_session_key(second.openid, second.session_key)


async def test_check_of_a_key_wechat_never_made_is_false(wechat: WeChat) -> None:
    assert not await wechat.check_session_key(openid_of("stranger"), SecretStr("x"))


async def test_busy_is_not_taken_for_a_stale_key(here: Running, wechat: WeChat) -> None:
    await here.fault(CHECK, errcode=45011)

    with pytest.raises(WeChatBusy):
        await wechat.check_session_key(openid_of("chen"), SecretStr("x"))


async def test_code_image_is_a_jpeg(wechat: WeChat) -> None:
    code = await wechat.unlimited_code("b=ABCD2345", "pages/bind/index", width=300)

    assert code.content_type == "image/jpeg"
    assert code.content.startswith(b"\xff\xd8\xff")


@pytest.mark.parametrize(
    ("scene", "page", "width", "kind", "errcode"),
    [
        ("b=" + "A" * 31, "pages/bind/index", 430, WeChatFailed, 40169),
        ("b=中文", "pages/bind/index", 430, WeChatFailed, 40129),
        ("b=A%20", "pages/bind/index", 430, WeChatFailed, 40129),
        ("b=A", "pages/nowhere/index", 430, WeChatMisconfigured, 41030),
        ("b=A", "/pages/bind/index", 430, WeChatMisconfigured, 41030),
        ("b=A", "pages/bind/index", 100, WeChatFailed, 40097),
    ],
)
async def test_bad_code_image_is_refused_by_errcode(
    wechat: WeChat, scene: str, page: str, width: int, kind: type[WeChatTrouble], errcode: int
) -> None:
    with pytest.raises(kind) as refused:
        await wechat.unlimited_code(scene, page, width)

    assert refused.value.errcode == errcode


async def test_unreleased_page_works_outside_the_released_version(here: Running) -> None:
    wechat = here.wechat(MemoryTokens(), env_version="trial")

    code = await wechat.unlimited_code("b=A", "pages/not-yet/index")

    assert code.content_type == "image/jpeg"
