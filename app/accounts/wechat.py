"""The WeChat client as a dependency, and the code images that pages show."""

import base64
import logging
from typing import Annotated

from fastapi import Depends, Request

from app.core.wechat import WeChat, WeChatTrouble

log = logging.getLogger("app.wechat")


def get_wechat(request: Request) -> WeChat:
    wechat: WeChat = request.app.state.wechat
    return wechat


WeChatClient = Annotated[WeChat, Depends(get_wechat)]


async def draw_code(wechat: WeChat, scene: str, page: str) -> str | None:
    """Return a data: address for `<img>`; None when WeChat fails, and the page shows letters."""
    try:
        image = await wechat.unlimited_code(scene, page)
    except WeChatTrouble as trouble:
        log.warning("no code image: %s", trouble)
        return None
    return f"data:{image.content_type};base64,{base64.b64encode(image.content).decode()}"
