"""What WeChat answers, checked before anyone believes it."""

import json
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from app.core.wechat.errors import WeChatFailed

IMAGE_TYPES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png"}


class _Reply(BaseModel):
    model_config = ConfigDict(frozen=True, coerce_numbers_to_str=True)


class WeChatSession(_Reply):
    openid: str = Field(min_length=1)
    unionid: str | None = None
    session_key: SecretStr


class TokenReply(_Reply):
    access_token: SecretStr = Field(min_length=1)
    expires_in: int = Field(gt=0)


@dataclass(frozen=True)
class CodeImage:
    content: bytes = field(repr=False)
    content_type: str


_R = TypeVar("_R", bound=_Reply)


def read_as(model: type[_R], path: str, reply: object) -> _R:
    try:
        return model.model_validate(reply)
    except ValidationError:
        raise WeChatFailed(path) from None  # its text repeats the reply, so the secrets


def find_json(content: bytes) -> dict[str, Any] | None:
    """Whatever the Content-Type says; None for an image or for what nobody can read."""
    if not content.lstrip().startswith(b"{"):
        return None
    try:
        return dict(json.loads(content))
    except ValueError:
        return None


def json_of(path: str, content: bytes) -> dict[str, Any]:
    reply = find_json(content)
    if reply is None:
        raise WeChatFailed(path)
    return reply


def image_of(path: str, content: bytes) -> CodeImage:
    for magic, content_type in IMAGE_TYPES.items():
        if content.startswith(magic):
            return CodeImage(content, content_type)
    raise WeChatFailed(path)
