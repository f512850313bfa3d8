"""Every setting of the system; read once at the edge and passed in."""

import re
from enum import StrEnum
from pathlib import Path
from typing import Literal, Self

from pydantic import HttpUrl, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

EnvVersion = Literal["release", "trial", "develop"]
DEVELOPMENT_MARK = "dev-"
PUSH_AES_KEY = re.compile(r"[A-Za-z0-9]{43}")


class Environment(StrEnum):
    DEVELOPMENT = "development"
    TEST = "test"
    PRODUCTION = "production"


class Settings(BaseSettings):
    """Environment variables of the same names, upper case. Nothing secret has a default."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    environment: Environment = Environment.PRODUCTION
    host: str = "127.0.0.1"
    port: int = 8000
    public_origin: HttpUrl
    log_level: str = "INFO"

    database_url: SecretStr
    database_pool_size: int = 10
    statement_timeout_ms: int = 15_000
    streams_max: int = 800

    token_key: SecretStr
    field_keys: dict[str, SecretStr]
    field_key_id: str
    lookup_key: SecretStr
    token_lifetime_s: int = 7200
    staff_session_hours: int = 12

    s3_endpoint: HttpUrl
    s3_public_endpoint: HttpUrl
    s3_access_key: str
    s3_secret_key: SecretStr
    s3_bucket: str = "weibu"
    s3_region: str = "us-east-1"

    wechat_api_base: HttpUrl = HttpUrl("https://api.weixin.qq.com")
    wechat_appid: str
    wechat_secret: SecretStr
    wechat_push_token: SecretStr | None = None
    wechat_push_aes_key: SecretStr | None = None
    wechat_env_version: EnvVersion = "release"
    preview_standin_base: HttpUrl | None = None
    h5_dir: Path | None = None

    worker_concurrency: int = 4
    worker_queues: list[str] = ["default", "video"]
    worker_stalled_after_s: int = 30

    upload_max_bytes: int = 50_000_000
    upload_expires_s: int = 900
    film_link_expires_s: int = 3600
    video_retention_days: int = 90
    review_due_hours: int = 24
    second_reading_percent: int = 5
    lease_seconds: int = 300
    undo_seconds: int = 10
    dose_horizon_days: int = 35

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
    def _keys_fit(self) -> Self:
        if self.field_key_id not in self.field_keys:
            raise ValueError("FIELD_KEY_ID must name one of FIELD_KEYS")
        if self.environment is Environment.PRODUCTION:
            self._refuse_development_values()
        return self

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

    @property
    def origin(self) -> str:
        return str(self.public_origin).rstrip("/")

    @property
    def in_production(self) -> bool:
        return self.environment is Environment.PRODUCTION


def load_settings() -> Settings:
    """Read the environment; raises pydantic's ValidationError naming what is missing."""
    return Settings()
