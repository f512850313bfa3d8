"""Every setting of the system; read once at the edge and passed in."""

import base64
import re
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, HttpUrl, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

EnvVersion = Literal["release", "trial", "develop"]
DEVELOPMENT_MARK = "dev-"
SHORTEST_SECRET = 32  # characters of what signs and hashes
FIELD_KEY_BYTES = 32  # of AES-256
PUSH_AES_KEY = re.compile(r"[A-Za-z0-9]{43}")


class Environment(StrEnum):
    DEVELOPMENT = "development"
    TEST = "test"
    PRODUCTION = "production"


class Settings(BaseSettings):
    """Environment variables of the same names, upper case. Nothing secret has a default."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    environment: Environment = Field(
        Environment.PRODUCTION, description="`development`, `test` or `production`"
    )
    host: str = Field("127.0.0.1", description="address that the API listens on")
    port: int = Field(8000, description="port that the API listens on")
    public_origin: HttpUrl = Field(
        description="the origin people see, e.g. https://weibu.example.org; cookies and the "
        "same-origin guard depend on it",
    )
    log_level: str = Field(
        "INFO", description="logs are JSON lines on standard error, without personal data"
    )

    database_url: SecretStr = Field(
        description="postgresql+psycopg://…, PostgreSQL 15 or newer; direct or pooled by session, "
        "since LISTEN and session locks need it",
    )
    database_pool_size: int = Field(
        10, description="connections of one process; one more listens for the event stream"
    )
    statement_timeout_ms: int = Field(15_000, description="longest a statement may run")
    streams_max: int = Field(
        800,
        description="event streams of PC pages that one process keeps open, each with a file "
        "descriptor (ulimit -n); beyond it 503",
    )

    connections_max: int = Field(
        2000,
        description="connections of browsers, phones and the proxy that one process keeps, open "
        "streams among them: above STREAMS_MAX; beyond it 503",
    )

    token_key: SecretStr = Field(
        description="signs the patient's access tokens; 32 characters or more"
    )
    field_keys: dict[str, SecretStr] = Field(
        description='{"k1": "<base64 of 32 bytes>"}: all keys that can read encrypted columns'
    )
    field_key_id: str = Field(description="the key of FIELD_KEYS that writes")
    lookup_key: SecretStr = Field(
        description="key of the look-up hashes and of the code of the day, 32 characters or more; "
        "after a change names are not found until entered again",
    )
    token_lifetime_s: int = Field(7200, description="life of a patient's access token")
    staff_session_hours: int = Field(12, description="life of a staff session, used or not")
    staff_idle_minutes: int = Field(
        60,
        ge=10,
        description="a staff session ends after so many minutes in which nobody acts; what an "
        "open page asks by itself (polling, the event stream) does not count",
    )

    s3_endpoint: HttpUrl = Field(description="the object storage as this process reaches it")
    s3_public_endpoint: HttpUrl = Field(
        description="the object storage as phones and browsers reach it"
    )
    s3_access_key: str = Field(description="its access key")
    s3_secret_key: SecretStr = Field(description="its secret key")
    s3_bucket: str = Field("weibu", description="its bucket")
    s3_region: str = Field("us-east-1", description="its region")

    wechat_api_base: HttpUrl = Field(
        HttpUrl("https://api.weixin.qq.com"), description="only WeChat's stand-in needs another"
    )
    wechat_appid: str = Field(description="of the Mini Program")
    wechat_secret: SecretStr = Field(description="of the Mini Program")
    wechat_push_token: SecretStr | None = Field(
        None,
        description="as in the console under 消息推送, for /wechat/push; unset, the address does "
        "not exist; production needs both or neither, and takes encrypted pushes only",
    )
    wechat_push_aes_key: SecretStr | None = Field(
        None, description="as in the console under 消息推送; 43 characters"
    )
    wechat_env_version: EnvVersion = Field(
        "release",
        description="which version a Mini Program code opens: `release`, `trial`, `develop`",
    )
    preview_standin_base: HttpUrl | None = Field(
        None, description="WeChat's stand-in for the preview; refused in production"
    )
    h5_dir: Path | None = Field(
        None, description="the h5 build, served at /m/ where PREVIEW_STANDIN_BASE is set"
    )

    worker_concurrency: int = Field(
        4, description="jobs of a queue at once in one worker; of films one less"
    )
    worker_queues: list[str] = Field(
        ["default", "video"],
        description="queues of this worker; give films (`video`) workers of their own when there "
        "are many",
    )
    worker_stalled_after_s: int = Field(
        30, description="a worker silent for so long is dead, its jobs go to another"
    )

    upload_max_bytes: int = Field(
        50_000_000, description="largest film; the storage itself refuses more"
    )
    upload_expires_s: int = Field(900, description="life of an upload form")
    film_link_expires_s: int = Field(3600, description="life of a link to a film or still")
    video_retention_days: int = Field(
        90,
        description="films are deleted so many days after their verdict; verdict and stills stay",
    )
    review_due_hours: int = Field(24, description="when a film counts as overdue")
    second_reading_percent: int = Field(5, description="share of films read twice, blind")
    audit_retention_months: int | None = Field(
        None,
        ge=6,
        description="whole months of the audit trail that are kept, at least the six that the "
        "Cybersecurity Law asks for; unset, it is kept for ever",
    )
    lease_seconds: int = Field(
        300, description="how long a film is one reviewer's without a sign of life"
    )
    undo_seconds: int = Field(10, description="how long a verdict can be taken back")
    dose_horizon_days: int = Field(35, description="how far ahead doses are laid out")

    @field_validator("database_url")
    @classmethod
    def _only_psycopg(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith("postgresql+psycopg://"):
            raise ValueError("DATABASE_URL must begin with postgresql+psycopg://")
        return value

    @field_validator("wechat_push_token", "wechat_push_aes_key", mode="before")
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("wechat_push_aes_key")
    @classmethod
    def _as_the_console_makes_it(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not PUSH_AES_KEY.fullmatch(value.get_secret_value()):
            raise ValueError("WECHAT_PUSH_AES_KEY must be 43 letters and digits")
        return value

    @model_validator(mode="after")
    def _streams_leave_room(self) -> Self:
        """Else open pages alone would take every connection, and nobody could ask for anything."""
        if self.streams_max >= self.connections_max:
            raise ValueError("CONNECTIONS_MAX must be above STREAMS_MAX")
        return self

    @model_validator(mode="after")
    def _keys_fit(self) -> Self:
        if self.field_key_id not in self.field_keys:
            raise ValueError("FIELD_KEY_ID must name one of FIELD_KEYS")
        for name, key in self.field_keys.items():
            if _decoded_length(key) != FIELD_KEY_BYTES:
                raise ValueError(f"FIELD_KEYS: {name} must be the base64 of 32 bytes")
        if self.environment is Environment.PRODUCTION:
            self._refuse_short_secrets()
            self._refuse_development_values()
        return self

    def _refuse_short_secrets(self) -> None:
        """Whoever has one token or one hash may try keys at home, as long as they like."""
        for name in ("token_key", "lookup_key"):
            if len(getattr(self, name).get_secret_value()) < SHORTEST_SECRET:
                raise ValueError(f"{name.upper()} must have {SHORTEST_SECRET} characters or more")

    def _refuse_development_values(self) -> None:
        secrets = [self.token_key, self.lookup_key, self.s3_secret_key, self.wechat_secret]
        secrets += [self.wechat_push_token] if self.wechat_push_token else []
        marked = any(s.get_secret_value().startswith(DEVELOPMENT_MARK) for s in secrets)
        if marked or any(k.startswith(DEVELOPMENT_MARK) for k in self.field_keys):
            raise ValueError("a development secret may not be used in production")
        if (self.wechat_push_token is None) != (self.wechat_push_aes_key is None):
            raise ValueError("WECHAT_PUSH_TOKEN and WECHAT_PUSH_AES_KEY go together")
        if self.preview_standin_base is not None:
            raise ValueError("PREVIEW_STANDIN_BASE may not be set in production")
        for name in ("public_origin", "wechat_api_base", "s3_public_endpoint"):
            if getattr(self, name).scheme != "https":
                raise ValueError(f"{name.upper()} must be https in production")

    @cached_property
    def origin(self) -> str:
        return str(self.public_origin).rstrip("/")

    @property
    def in_development(self) -> bool:
        return self.environment is Environment.DEVELOPMENT

    @property
    def in_production(self) -> bool:
        return self.environment is Environment.PRODUCTION


def _decoded_length(key: SecretStr) -> int:
    try:
        return len(base64.b64decode(key.get_secret_value(), validate=True))
    except ValueError:
        return 0


def load_settings() -> Settings:
    """Read the environment; raises pydantic's ValidationError naming what is missing."""
    return Settings()
