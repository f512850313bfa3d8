"""Sign links and upload forms for the storage (AWS Signature Version 4).

The SDK takes twenty times as long, because it works out its endpoint rules anew for every key.
What is made here equals what it makes, byte for byte; a test compares them.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import quote

ALGORITHM = "AWS4-HMAC-SHA256"


@lru_cache(maxsize=64)
def _quoted(text: str) -> str:
    """Of the few texts that stand in every link: credentials of the day and content types."""
    return quote(text, safe="")


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")


class Signer:
    """For one bucket, addressed by path, at the endpoint that phones and browsers use."""

    def __init__(self, endpoint: str, region: str, bucket: str, access: str, secret: str) -> None:
        self._endpoint, self._bucket = endpoint, bucket
        scheme, _, host = endpoint.partition("://")
        default = {"http": ":80", "https": ":443"}[scheme]
        self._host = host.removesuffix(default)
        self._region, self._access, self._secret = region, access, secret
        self._day, self._day_key = "", b""

    def _key(self, day: str) -> bytes:
        """Derive it once a day."""
        if day != self._day:
            key = f"AWS4{self._secret}".encode()
            for part in (day, self._region, "s3", "aws4_request"):
                key = _hmac(key, part)
            self._day, self._day_key = day, key
        return self._day_key

    def _scope(self, day: str) -> str:
        return f"{day}/{self._region}/s3/aws4_request"

    def get_url(self, key: str, content_type: str, seconds: int, at: datetime) -> str:
        """Make a link that answers with this type, ranges included."""
        as_type = f"response-content-type={_quoted(content_type)}"
        return self._url("GET", key, as_type, seconds, at)

    def head_url(self, key: str, seconds: int, at: datetime) -> str:
        return self._url("HEAD", key, "", seconds, at)

    def _url(self, method: str, key: str, asked: str, seconds: int, at: datetime) -> str:
        stamp = at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        scope = self._scope(stamp[:8])
        path = f"/{self._bucket}/{quote(key, safe='/~')}"
        credential = _quoted(f"{self._access}/{scope}")
        signing = (
            f"X-Amz-Algorithm={ALGORITHM}&X-Amz-Credential={credential}"
            f"&X-Amz-Date={stamp}&X-Amz-Expires={seconds}&X-Amz-SignedHeaders=host"
        )
        sorted_query = f"{signing}&{asked}" if asked else signing
        request = f"{method}\n{path}\n{sorted_query}\nhost:{self._host}\n\nhost\nUNSIGNED-PAYLOAD"
        digest = hashlib.sha256(request.encode()).hexdigest()
        text = f"{ALGORITHM}\n{stamp}\n{scope}\n{digest}"
        signature = _hmac(self._key(stamp[:8]), text).hex()
        query = f"{asked}&{signing}" if asked else signing
        return f"{self._endpoint}{path}?{query}&X-Amz-Signature={signature}"

    def post_form(
        self,
        key: str,
        fields: dict[str, str],
        conditions: Sequence[Any],
        seconds: int,
        at: datetime,
    ) -> dict[str, str]:
        """Make the fields of a form that uploads to this key under these conditions."""
        at = at.astimezone(UTC)
        stamp = at.strftime("%Y%m%dT%H%M%SZ")
        signed = {
            "x-amz-algorithm": ALGORITHM,
            "x-amz-credential": f"{self._access}/{self._scope(stamp[:8])}",
            "x-amz-date": stamp,
        }
        ends_at = at + timedelta(seconds=seconds)
        policy = {
            "expiration": ends_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "conditions": [
                *conditions,
                {"bucket": self._bucket},
                {"key": key},
                *({name: value} for name, value in signed.items()),
            ],
        }
        encoded = base64.b64encode(json.dumps(policy).encode()).decode()
        signature = _hmac(self._key(stamp[:8]), encoded).hex()
        return {
            **fields,
            "key": key,
            **signed,
            "policy": encoded,
            "x-amz-signature": signature,
        }

    @property
    def form_url(self) -> str:
        return f"{self._endpoint}/{self._bucket}"
