"""Login through the client, against a stand-in that fails like WeChat, over real HTTP."""

import pytest

from app.core.wechat import (
    WeChat,
    WeChatBusy,
    WeChatCodeInvalid,
    WeChatFailed,
    WeChatMisconfigured,
    WeChatQuotaReached,
    WeChatTrouble,
    WeChatUserBlocked,
)
from scripts.wechat_standin import openid_of
from tests.standin.running import (
    LOGIN,
    QUICK,
    STABLE,
    MemoryTokens,
    Running,
)


async def test_code_becomes_session_without_any_access_token(here: Running, wechat: WeChat) -> None:
    session = await wechat.code_to_session(await here.login_code("chen"))

    assert session.openid == openid_of("chen")
    assert session.unionid is None
    assert len(session.session_key.get_secret_value()) == 24
    assert here.calls(STABLE) == 0


async def test_code_works_once(here: Running, wechat: WeChat) -> None:
    code = await here.login_code()
    await wechat.code_to_session(code)

    with pytest.raises(WeChatCodeInvalid) as refused:
        await wechat.code_to_session(code)

    assert refused.value.errcode == 40163
    assert refused.value.rid is not None
    assert here.calls(LOGIN) == 2


async def test_code_dies_after_five_minutes(here: Running, wechat: WeChat) -> None:
    code = await here.login_code()
    here.watch.ahead_s = 301

    with pytest.raises(WeChatCodeInvalid) as refused:
        await wechat.code_to_session(code)

    assert refused.value.errcode == 40029


@pytest.mark.parametrize(
    ("errcode", "kind", "calls"),
    [
        (-1, WeChatBusy, 3),
        (45011, WeChatBusy, 1),
        (44990, WeChatBusy, 1),
        (44991, WeChatBusy, 1),
        (40029, WeChatCodeInvalid, 1),
        (40226, WeChatUserBlocked, 1),
        (45009, WeChatQuotaReached, 1),
        (44993, WeChatQuotaReached, 1),
        (40013, WeChatMisconfigured, 1),
        (40125, WeChatMisconfigured, 1),
        (40164, WeChatMisconfigured, 1),
        (89503, WeChatMisconfigured, 1),
        (40097, WeChatFailed, 1),
        (41008, WeChatFailed, 1),
        (99999, WeChatFailed, 1),
    ],
)
async def test_each_errcode_has_one_meaning_and_a_bounded_number_of_calls(
    here: Running, wechat: WeChat, errcode: int, kind: type[WeChatTrouble], calls: int
) -> None:
    await here.fault(LOGIN, errcode=errcode, times=50)

    with pytest.raises(kind) as refused:
        await wechat.code_to_session(await here.login_code())

    assert type(refused.value) is kind
    assert refused.value.errcode == errcode
    assert here.calls(LOGIN) == calls


async def test_minus_one_is_retried_until_it_passes(here: Running, wechat: WeChat) -> None:
    await here.fault(LOGIN, errcode=-1, times=2)

    session = await wechat.code_to_session(await here.login_code())

    assert session.openid == openid_of("chen")
    assert here.calls(LOGIN) == 3


async def test_per_minute_quota_says_how_long_to_wait(here: Running, wechat: WeChat) -> None:
    await here.control("quotas", path=LOGIN, per_minute=0)

    with pytest.raises(WeChatBusy) as busy:
        await wechat.code_to_session(await here.login_code())

    assert busy.value.retry_after_s == 60
    assert not busy.value.outcome_unknown


@pytest.mark.parametrize(("how", "is_spent"), [("timeout_before", False), ("timeout_after", True)])
async def test_code_is_never_sent_again_after_a_timeout(
    here: Running, how: str, is_spent: bool
) -> None:
    wechat = here.wechat(MemoryTokens(), timeout=QUICK)
    code = await here.login_code()
    await here.fault(LOGIN, **{how: 5})

    with pytest.raises(WeChatBusy) as busy:
        await wechat.code_to_session(code)

    assert busy.value.outcome_unknown
    assert here.calls(LOGIN) == 1
    assert here.standin.state.login_codes[code].is_used is is_spent


async def test_silence_is_cut_at_the_deadline(here: Running) -> None:
    wechat = here.wechat(MemoryTokens(), deadline_s=0.2)
    await here.fault(LOGIN, timeout_before=5)

    with pytest.raises(WeChatBusy):
        await wechat.code_to_session("0any")


async def test_broken_gateway_is_busy_and_not_retried(here: Running, wechat: WeChat) -> None:
    await here.fault(LOGIN, http500=True, times=9)

    with pytest.raises(WeChatBusy) as busy:
        await wechat.code_to_session(await here.login_code())

    assert busy.value.outcome_unknown
    assert here.calls(LOGIN) == 1


async def test_nobody_listening_is_busy(here: Running) -> None:
    wechat = here.wechat(MemoryTokens(), api_base="http://127.0.0.1:9")

    with pytest.raises(WeChatBusy):
        await wechat.code_to_session("0any")
