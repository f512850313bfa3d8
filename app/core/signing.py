"""Links to objects, signed by AWS Signature Version 4 in the query: the SDK takes far longer."""

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from urllib.parse import quote, urlsplit

ALGORITHM = "AWS4-HMAC-SHA256"
PORTS = {"http": ":80", "https": ":443"}  # left out of the Host that is signed


def _mac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")


@lru_cache(maxsize=8)
def _signing_key(secret: str, day: str, region: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (day, region, "s3", "aws4_request"):
        key = _mac(key, part)
    return key


def _encoded(parameters: dict[str, str]) -> str:
    return "&".join(f"{n}={quote(v, safe='-_.~')}" for n, v in sorted(parameters.items()))


@dataclass(frozen=True)
class LinkSigner:
    """Signs for one bucket behind one endpoint, path style."""

    endpoint: str
    bucket: str
    region: str
    access_key: str
    secret_key: str = field(repr=False)

    def link(self, key: str, content_type: str, expires_s: int, at: datetime) -> str:
        """Make a GET link that answers with this content type; `at` is UTC."""
        day, moment = at.strftime("%Y%m%d"), at.strftime("%Y%m%dT%H%M%SZ")
        scope = f"{day}/{self.region}/s3/aws4_request"
        query = _encoded(
            {
                "X-Amz-Algorithm": ALGORITHM,
                "X-Amz-Credential": f"{self.access_key}/{scope}",
                "X-Amz-Date": moment,
                "X-Amz-Expires": str(expires_s),
                "X-Amz-SignedHeaders": "host",
                "response-content-type": content_type,
            }
        )
        path = f"/{self.bucket}/{quote(key, safe='/-_.~')}"
        asked = f"GET\n{path}\n{query}\nhost:{self._host()}\n\nhost\nUNSIGNED-PAYLOAD"
        digest = hashlib.sha256(asked.encode()).hexdigest()
        signing_key = _signing_key(self.secret_key, day, self.region)
        signature = _mac(signing_key, f"{ALGORITHM}\n{moment}\n{scope}\n{digest}").hex()
        return f"{self.endpoint}{path}?{query}&X-Amz-Signature={signature}"

    def _host(self) -> str:
        parts = urlsplit(self.endpoint)
        return parts.netloc.removesuffix(PORTS.get(parts.scheme, ""))
