"""One access_token for all, and what happens when WeChat refuses it."""

import asyncio
from datetime import timedelta

import pytest
from pydantic import SecretStr
from typing_extensions import override

from app.core.clock import now
from app.core.wechat import (
    Token,
    WeChat,
    WeChatFailed,
    WeChatMisconfigured,
)
from tests.standin.running import (
    CODE_IMAGE,
    STABLE,
    MemoryTokens,
    Running,
)


async def image(wechat: WeChat) -> bytes:
    return (await wechat.unlimited_code("b=ABCD2345", "pages/bind/index")).content


async def test_twenty_callers_with_an_empty_cache_fetch_one_token(here: Running) -> None:
    store = MemoryTokens()
    processes = [here.wechat(store), here.wechat(store)]

    await asyncio.gather(*(image(processes[i % 2]) for i in range(20)))

    assert here.calls(STABLE) == 1
    assert here.calls(CODE_IMAGE) == 20


async def test_token_is_renewed_in_its_last_five_minutes(here: Running, wechat: WeChat) -> None:
    await image(wechat)

    with here.watch.moved(timedelta(seconds=7200 - 310)):
        await image(wechat)
        assert here.calls(STABLE) == 1
    with here.watch.moved(timedelta(seconds=20)):
        await image(wechat)
        await image(wechat)
        assert here.calls(STABLE) == 2


async def test_old_token_serves_while_renewal_fails(here: Running, wechat: WeChat) -> None:
    await image(wechat)

    with here.watch.moved(timedelta(seconds=7200 - 200)):
        await here.fault(STABLE, http500=True)
        assert await image(wechat)


async def test_token_killed_elsewhere_is_replaced_once_for_all(here: Running) -> None:
    store = MemoryTokens(forces=0)
    processes = [here.wechat(store), here.wechat(store)]
    await image(processes[0])
    here.watch.ahead_s = 31
    await here.stable_token(force_refresh=True)
    before = here.calls(STABLE)

    await asyncio.gather(*(image(processes[i % 2]) for i in range(10)))

    assert here.calls(STABLE) == before + 1


async def test_token_already_replaced_in_the_cache_costs_no_fetch(here: Running) -> None:
    good = Token(SecretStr(await here.token()), now() + timedelta(hours=1))

    class Raced(MemoryTokens):
        """Another process writes the good token right after we read the dead one."""

        @override
        async def read(self) -> Token | None:
            token, self.token = self.token, good
            return token

    dead = Token(SecretStr("dead"), now() + timedelta(hours=1))
    before = here.calls(STABLE)

    assert await image(here.wechat(Raced(dead)))

    assert here.calls(STABLE) == before
    assert here.calls(CODE_IMAGE) == 2


@pytest.mark.parametrize("errcode", [40001, 40014, 42001])
async def test_persistent_refusal_stops_after_one_force(here: Running, errcode: int) -> None:
    wechat = here.wechat(MemoryTokens(forces=20))
    here.watch.ahead_s = 31
    await here.fault(CODE_IMAGE, errcode=errcode, times=99)

    with pytest.raises(WeChatFailed) as refused:
        await image(wechat)

    assert refused.value.errcode == errcode
    assert here.calls(CODE_IMAGE) == 2
    assert here.calls(STABLE) == 3  # the first, the same again, the forced one


async def test_refusal_stops_at_once_when_no_force_is_granted(here: Running) -> None:
    wechat = here.wechat(MemoryTokens(forces=0))
    await here.fault(CODE_IMAGE, errcode=40001, times=99)

    with pytest.raises(WeChatFailed):
        await image(wechat)

    assert here.calls(CODE_IMAGE) == 1
    assert here.calls(STABLE) == 2


async def test_endless_supply_of_dead_tokens_is_tried_three_times(here: Running) -> None:
    class Churning(MemoryTokens):
        """Other processes replace the token faster than we can use it."""

        @override
        async def read(self) -> Token | None:
            self.forces += 1
            return Token(SecretStr(f"dead-{self.forces}"), now() + timedelta(hours=1))

    with pytest.raises(WeChatFailed):
        await image(here.wechat(Churning()))

    assert here.calls(CODE_IMAGE) == 3
    assert here.calls(STABLE) == 0


async def test_wrong_secret_is_a_misconfiguration(here: Running) -> None:
    wechat = here.wechat(MemoryTokens(), secret=SecretStr("another"))

    with pytest.raises(WeChatMisconfigured):
        await image(wechat)

    assert here.calls(STABLE) == 1


async def test_40001_where_tokens_are_made_means_the_secret(here: Running, wechat: WeChat) -> None:
    await here.fault(STABLE, errcode=40001)

    with pytest.raises(WeChatMisconfigured):
        await image(wechat)
