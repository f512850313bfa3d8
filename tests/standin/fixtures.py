"""One stand-in a module, as good as new for each test."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from app.core.wechat import WeChat
from tests.standin.running import MemoryTokens, Running, running


@pytest_asyncio.fixture(scope="module")
async def served() -> AsyncIterator[Running]:
    async with running() as served:
        yield served


@pytest.fixture
def here(served: Running) -> Running:
    served.reset()
    return served


@pytest.fixture
def wechat(here: Running) -> WeChat:
    return here.wechat(MemoryTokens())
