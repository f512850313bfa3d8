"""Failures on demand, and quotas that run out."""

from collections import Counter
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, Field, model_validator

MINUTE_S = 60
DAY_S = 86_400
BEIJING_S = 8 * 3600


class Fault(BaseModel):
    """The next `times` calls of `path` fail in one of four ways; the timeouts are in seconds."""

    model_config = ConfigDict(extra="forbid")

    path: str
    errcode: int | None = None
    timeout_before: float | None = Field(None, gt=0, le=60)
    timeout_after: float | None = Field(None, gt=0, le=60)
    http500: bool = False
    times: int = Field(1, ge=1)

    @model_validator(mode="after")
    def fail_in_one_way(self) -> "Fault":
        kinds = [self.errcode, self.timeout_before, self.timeout_after, self.http500 or None]
        if sum(kind is not None for kind in kinds) != 1:
            raise ValueError("give one of errcode, timeout_before, timeout_after, http500")
        return self


class Quota(BaseModel):
    model_config = ConfigDict(extra="forbid")

    path: str
    per_minute: int | None = Field(None, ge=0)
    per_day: int | None = Field(None, ge=0)


DEFAULTS = [
    Quota(path="/cgi-bin/token", per_day=2000),
    Quota(path="/cgi-bin/stable_token", per_minute=10_000, per_day=500_000),
    Quota(path="/wxa/resetusersessionkey", per_minute=60_000),
    Quota(path="/wxa/getwxacodeunlimit", per_minute=5000),
]
LOGINS_A_MINUTE = 100  # of one user


@dataclass
class Quotas:
    limits: dict[str, Quota] = field(default_factory=lambda: {q.path: q for q in DEFAULTS})
    _used: Counter[tuple[str, str, int]] = field(default_factory=Counter)

    def spend(self, path: str, now: float) -> int | None:
        """Count one call; the errcode if it is one too many."""
        limit = self.limits.get(path)
        if limit is None:
            return None
        day = int((now + BEIJING_S) // DAY_S)
        if self._exceeds((path, "day", day), limit.per_day):
            return 45009
        if self._exceeds((path, "minute", int(now // MINUTE_S)), limit.per_minute):
            return 45011
        return None

    def spend_login(self, openid: str, now: float) -> int | None:
        window = (openid, "minute", int(now // MINUTE_S))
        return 45011 if self._exceeds(window, LOGINS_A_MINUTE) else None

    def _exceeds(self, window: tuple[str, str, int], limit: int | None) -> bool:
        self._used[window] += 1
        return limit is not None and self._used[window] > limit
