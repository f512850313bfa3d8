"""Our links are, byte for byte, those of the SDK."""

from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import boto3
import httpx
import pytest
from botocore.client import Config

from app.core.settings import Settings
from app.core.signing import LinkSigner
from app.core.storage import Storage

ENDPOINTS = ("http://127.0.0.1:8333", "https://s3.example.com", "http://storage.test:80")
KEYS = ("films/Ab3_-x/source", "stills/a b+c/poster.jpg", "films/药片/film.mp4")


def _of_the_sdk(endpoint: str, key: str, content_type: str) -> str:
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="key-id",
        aws_secret_access_key="a secret/with+signs",
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )
    wanted = {"Bucket": "weibu", "Key": key, "ResponseContentType": content_type}
    return client.generate_presigned_url("get_object", Params=wanted, ExpiresIn=3600)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("key", KEYS)
def test_a_link_is_signed_as_the_sdk_signs_it(endpoint: str, key: str) -> None:
    expected = urlsplit(_of_the_sdk(endpoint, key, "video/mp4"))
    signed_at = parse_qs(expected.query)["X-Amz-Date"][0]
    at = datetime.strptime(signed_at, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    signer = LinkSigner(endpoint, "weibu", "us-east-1", "key-id", "a secret/with+signs")

    ours = urlsplit(signer.link(key, "video/mp4", 3600, at))

    assert ours.path == expected.path
    assert parse_qs(ours.query) == parse_qs(expected.query)


def test_the_secret_is_not_shown() -> None:
    signer = LinkSigner("http://s3.test", "weibu", "us-east-1", "key-id", "the-secret")

    assert "the-secret" not in repr(signer)


async def test_the_storage_answers_a_link_in_ranges_and_refuses_a_changed_one(
    settings: Settings, tmp_path: Path
) -> None:
    storage, film = Storage(settings), tmp_path / "film"
    film.write_bytes(bytes(range(256)))
    await storage.upload("films/signing-test/source", film, "application/octet-stream")
    link = storage.link("films/signing-test/source", "video/mp4")

    async with httpx.AsyncClient() as client:
        part = await client.get(link, headers={"Range": "bytes=10-19"})
        other = await client.get(link.replace("video%2Fmp4", "text%2Fhtml"))

    assert (part.status_code, part.content) == (206, bytes(range(10, 20)))
    assert part.headers["content-type"] == "video/mp4"
    assert other.status_code == 403
