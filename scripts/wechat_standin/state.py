"""What the stand-in remembers; with a file, also across restarts."""

import base64
import hashlib
import os
from pathlib import Path

from pydantic import BaseModel, Field


def openid_of(user: str) -> str:
    """28 characters beginning with "o", always the same for the same user."""
    digest = hashlib.sha256(f"wechat-standin:{user}".encode()).digest()
    return "o" + base64.urlsafe_b64encode(digest).decode()[:27]


class Issued(BaseModel):
    value: str
    expires_at: float
    dead: bool = False


class TokenSet(BaseModel):
    """The newest token and those before it: still valid, expired or killed."""

    current: Issued | None = None
    older: list[Issued] = Field(default_factory=list)


class Forces(BaseModel):
    at: float = 0.0
    day: int = 0
    count: int = 0


class LoginCode(BaseModel):
    user: str
    expires_at: float
    rotate: bool
    is_used: bool = False


class PhoneCode(BaseModel):
    user: str
    phone: str
    expires_at: float
    is_used: bool = False


class SessionKey(BaseModel):
    value: str
    made_at: float


class State(BaseModel):
    session_keys: dict[str, SessionKey] = Field(default_factory=dict)  # by openid
    login_codes: dict[str, LoginCode] = Field(default_factory=dict)
    phone_codes: dict[str, PhoneCode] = Field(default_factory=dict)
    plain: TokenSet = Field(default_factory=TokenSet)
    stable: TokenSet = Field(default_factory=TokenSet)
    forces: Forces = Field(default_factory=Forces)


def forget_codes(state: State, now: float) -> None:
    """Drop the expired: WeChat answers for them as for codes it never made."""
    state.login_codes = {k: v for k, v in state.login_codes.items() if v.expires_at > now}
    state.phone_codes = {k: v for k, v in state.phone_codes.items() if v.expires_at > now}


def load(path: Path | None) -> State:
    if path is None or not path.exists():
        return State()
    return State.model_validate_json(path.read_bytes())


def save(state: State, path: Path | None) -> None:
    """Replace the file in one step, so that a kill half-way leaves the old one."""
    if path is None:
        return
    draft = path.with_suffix(".draft")
    draft.write_text(state.model_dump_json())
    draft.chmod(0o600)
    os.replace(draft, path)
