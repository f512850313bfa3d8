"""Our presigned POST beside a plain PUT, to the same store, by the same client.

No process of ours takes part in either: what a film costs the store's own process is told, too.
"""

from dataclasses import dataclass
from secrets import token_bytes, token_hex
from statistics import median
from urllib.parse import urlsplit

import boto3
import psutil
from botocore.client import Config

from app.core.settings import Settings
from app.core.storage import Storage
from app.media.content_types import MP4
from scripts.benchmark.load import Plan, run_load

SIZE = 2_000_000
LANES, EACH, ROUNDS = 4, 8, 5


@dataclass(frozen=True, slots=True)
class Uploads:
    """Megabytes a second, medians of the rounds, and the store's CPU a film; they take turns."""

    post: float
    put: float
    post_cpu_ms: float
    put_cpu_ms: float
    size: int = SIZE
    lanes: int = LANES
    films: int = LANES * EACH * ROUNDS

    @property
    def ratio(self) -> float:
        return self.post / self.put


def measure(settings: Settings) -> Uploads:
    film = token_bytes(SIZE)
    posts, puts = [], []
    for _ in range(ROUNDS):
        posts.append(_round(settings, [_post(settings, film) for _ in range(LANES * EACH)]))
        puts.append(_round(settings, [_put(settings, film) for _ in range(LANES * EACH)]))
    post, post_cpu_ms = (median(figure) for figure in zip(*posts, strict=True))
    put, put_cpu_ms = (median(figure) for figure in zip(*puts, strict=True))
    return Uploads(post, put, post_cpu_ms, put_cpu_ms)


def _round(settings: Settings, requests: list[bytes]) -> tuple[float, float]:
    """Answer megabytes a second, and the store's milliseconds of CPU for each film."""
    where = settings.s3_public_endpoint
    lanes = [requests[n::LANES] for n in range(LANES)]
    before = _store_cpu_s()
    load = run_load(Plan(str(where.host), where.port or 80, lanes))
    if any(status >= 300 for status in load.statuses):
        raise RuntimeError(f"uploads were refused: {load.statuses}")
    spent = _store_cpu_s() - before
    return len(requests) * SIZE / load.seconds / 1e6, spent / len(requests) * 1000


def _store_cpu_s() -> float:
    """Of the store that this program has started."""
    (store,) = (p for p in psutil.Process().children(recursive=True) if p.name() == "weed")
    times = store.cpu_times()
    return float(times.user + times.system)


def _post(settings: Settings, film: bytes) -> bytes:
    """As wx.uploadFile sends it: the fields of the ticket, then the film."""
    ticket = Storage(settings).presign_upload(f"films/{token_hex(16)}/source", MP4, 50_000_000)
    boundary = token_hex(16)
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in ticket.fields.items()
    ]
    parts.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="film.mp4"\r\n'
        f"Content-Type: {MP4}\r\n\r\n"
    )
    body = "".join(parts).encode() + film + f"\r\n--{boundary}--\r\n".encode()
    kind = f"multipart/form-data; boundary={boundary}"
    return _request("POST", ticket.url, kind, body)


def _put(settings: Settings, film: bytes) -> bytes:
    client = boto3.client(
        "s3",
        endpoint_url=str(settings.s3_public_endpoint).rstrip("/"),
        region_name=settings.s3_region,
        aws_access_key_id=settings.s3_access_key,
        aws_secret_access_key=settings.s3_secret_key.get_secret_value(),
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )
    wanted = {"Bucket": settings.s3_bucket, "Key": f"films/{token_hex(16)}/source"}
    url = client.generate_presigned_url("put_object", Params=wanted | {"ContentType": MP4})
    return _request("PUT", url, MP4, film)


def _request(method: str, url: str, content_type: str, body: bytes) -> bytes:
    parts = urlsplit(url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    head = (
        f"{method} {target} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
