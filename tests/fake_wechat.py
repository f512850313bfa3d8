"""A fake WeChat: answers from memory, or raises the error that a test sets."""

from pydantic import SecretStr

from app.core.wechat import CodeImage, WeChatCodeInvalid, WeChatSession, WeChatTrouble

PIXEL = b"\xff\xd8\xff\xe0 not a whole picture"


class FakeWeChat:
    """Knows the codes it was given; each works once, as with the real one."""

    def __init__(self) -> None:
        self.openids: dict[str, str] = {}
        self.drawn: list[tuple[str, str]] = []
        self.trouble: WeChatTrouble | None = None

    async def code_to_session(self, code: str) -> WeChatSession:
        if self.trouble:
            raise self.trouble
        if code not in self.openids:
            raise WeChatCodeInvalid("/sns/jscode2session", 40029)
        openid = self.openids.pop(code)
        return WeChatSession(openid=openid, session_key=SecretStr(f"key of {code}"))

    async def unlimited_code(self, scene: str, page: str, width: int = 430) -> CodeImage:  # noqa: ARG002
        if self.trouble:
            raise self.trouble
        self.drawn.append((scene, page))
        return CodeImage(PIXEL, "image/jpeg")
