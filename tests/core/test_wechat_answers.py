"""The client keeps secrets out of logs and errors, and refuses answers of unknown shape."""

import logging
from datetime import timedelta

import httpx
import pytest
from pydantic import SecretStr

from app.core.clock import now
from app.core.wechat import (
    Token,
    WeChat,
    WeChatBusy,
    WeChatCodeInvalid,
    WeChatFailed,
)
from tests.standin.running import (
    LOGIN,
    SECRET,
    MemoryTokens,
    Running,
)


async def image(wechat: WeChat) -> bytes:
    return (await wechat.unlimited_code("b=ABCD2345", "pages/bind/index")).content


async def test_nothing_secret_is_logged_or_told(
    here: Running, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    store = MemoryTokens()
    wechat = here.wechat(store)
    code = await here.login_code()

    session = await wechat.code_to_session(code)
    await image(wechat)
    with pytest.raises(WeChatCodeInvalid) as refused:
        await wechat.code_to_session(code)

    assert store.token is not None
    told = caplog.text + repr(session) + repr(store.token) + repr(refused.value)
    assert LOGIN in caplog.text
    for secret in (SECRET, code, session.session_key, store.token.access_token):
        plain = secret.get_secret_value() if isinstance(secret, SecretStr) else secret
        assert plain not in told


async def test_trouble_keeps_no_trace_of_the_request(here: Running) -> None:
    wechat = here.wechat(MemoryTokens(), api_base="http://127.0.0.1:9")

    with pytest.raises(WeChatBusy) as busy:
        await wechat.code_to_session("0secret-code")

    assert busy.value.__cause__ is None
    assert busy.value.__suppress_context__


def answering(content: bytes, status: int = 200) -> WeChat:
    """Make a WeChat whose every answer is this."""
    transport = httpx.MockTransport(lambda _: httpx.Response(status, content=content))
    token = Token(SecretStr("t"), now() + timedelta(hours=1))
    return WeChat(
        httpx.AsyncClient(transport=transport),
        MemoryTokens(token),
        api_base="http://127.0.0.1",
        appid="wxstandin",
        secret=SecretStr("s"),
    )


@pytest.mark.parametrize(
    "content",
    [b"", b"<html>", b"{", b"[]", b"{}", b'{"openid":""}', b'{"openid":"o1"}', b'{"errcode":"x"}'],
)
async def test_unreadable_login_is_a_failure(content: bytes) -> None:
    with pytest.raises(WeChatFailed):
        await answering(content).code_to_session("0any")


async def test_other_http_status_is_a_failure() -> None:
    with pytest.raises(WeChatFailed):
        await answering(b"{}", status=404).code_to_session("0any")


async def test_text_instead_of_an_image_is_a_failure() -> None:
    with pytest.raises(WeChatFailed):
        await image(answering(b"hello"))
