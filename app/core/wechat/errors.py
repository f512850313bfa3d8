"""What WeChat may answer instead of success, as exceptions that carry errcode and rid only."""

import re

_RID = re.compile(r"rid: ([0-9a-fA-F-]+)")


class WeChatTrouble(Exception):  # noqa: N818 its kinds are named like problems: what happened
    """Any call that did not succeed; safe to log as it stands: no secret, no personal datum."""

    def __init__(self, path: str, errcode: int | None = None, rid: str | None = None) -> None:
        super().__init__(f"{path} errcode={errcode} rid={rid}")
        self.path = path
        self.errcode = errcode
        self.rid = rid


class WeChatBusy(WeChatTrouble):
    """Try again later. Without an errcode no answer came: whether it took effect is unknown."""

    @property
    def outcome_unknown(self) -> bool:
        return self.errcode is None

    @property
    def retry_after_s(self) -> int:
        return _WINDOW_S.get(self.errcode or 0, 5)


class WeChatCodeInvalid(WeChatTrouble):
    """The one-use code is unknown, expired or used: the phone must fetch a new one."""


class WeChatUserBlocked(WeChatTrouble):
    """WeChat holds the user for high-risk and refuses the login."""


class WeChatQuotaReached(WeChatTrouble):
    """The day's quota is used up; an operator must know."""


class WeChatMisconfigured(WeChatTrouble):
    """Appid, secret, rights or IP list are wrong; an operator must know, retrying is no use."""


class WeChatFailed(WeChatTrouble):
    """Refused for good or not understood: a fault of ours, or an answer nobody documented."""


class WeChatTokenRefused(WeChatFailed):
    """The access_token is wrong, superseded or expired."""


_WINDOW_S = {44990: 1, 44991: 60, 45011: 60}  # a quota per second, per minute, per minute

_BUSY = (-1, 44990, 44991, 45011)
_QUOTA = (44993, 45009)
_MISCONFIGURED = (
    *(40002, 40013, 40125, 41002, 41004, 40243, 48001, 50004, 50007),  # account, secret, rights
    *(40164, 89503, 89506, 89507),  # caller's IP
    41030,  # page not in the released version
)
_TOKEN_REFUSED = (40001, 40014, 42001)

_KIND: dict[int, type[WeChatTrouble]] = {
    40029: WeChatCodeInvalid,
    40163: WeChatCodeInvalid,
    40226: WeChatUserBlocked,
    **dict.fromkeys(_BUSY, WeChatBusy),
    **dict.fromkeys(_QUOTA, WeChatQuotaReached),
    **dict.fromkeys(_MISCONFIGURED, WeChatMisconfigured),
    **dict.fromkeys(_TOKEN_REFUSED, WeChatTokenRefused),
}


def trouble_of(path: str, errcode: int, errmsg: str) -> WeChatTrouble:
    """Decide by errcode alone: errmsg carries a changing tail and is read for its rid only."""
    rid = _RID.search(errmsg)
    kind = _KIND.get(errcode, WeChatFailed)
    if path.startswith("/cgi-bin/") and path.endswith("token") and kind is WeChatTokenRefused:
        kind = WeChatMisconfigured  # where tokens are made, 40001 means a wrong AppSecret
    return kind(path, errcode, rid[1] if rid else None)
