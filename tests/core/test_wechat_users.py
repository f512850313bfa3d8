"""Mini Program codes through the client."""

import pytest

from app.core.wechat import (
    WeChat,
    WeChatFailed,
    WeChatMisconfigured,
    WeChatTrouble,
)
from tests.standin.running import (
    MemoryTokens,
    Running,
)


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
