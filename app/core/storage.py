"""The one storage adapter: presigned links for phones and browsers, few calls of our own."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import boto3
from anyio import CapacityLimiter, to_thread
from botocore.client import Config
from botocore.exceptions import BotoCoreError, ClientError
from urllib3 import PoolManager, Retry, Timeout
from urllib3.exceptions import HTTPError

from app.core import clock
from app.core.problems import Problem
from app.core.settings import Settings
from app.core.signing import Signer
from app.core.waiting import about_to_wait

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


log = logging.getLogger("app.storage")
T = TypeVar("T")
CONNECTIONS = 20
ASKED_WITHIN_S = 60


class StorageUnavailable(Problem):
    type, title, status = "storage-unavailable", "暂时连不上存储，请稍后再试，内容不会丢。", 503


@dataclass(frozen=True)
class UploadTicket:
    """Form fields of a presigned POST; send them all before the part named `file`."""

    url: str
    fields: dict[str, str]
    expires_at: datetime


@dataclass(frozen=True)
class StoredObject:
    key: str
    size: int
    content_type: str
    stored_at: datetime


class ObjectMissing(LookupError):  # noqa: N818 a job decides what it means; no person sees it
    """The storage answers, and has no such key."""


def _now() -> datetime:
    """By the storage's own clock, which nobody holds in a test."""
    return datetime.fromtimestamp(time.time(), UTC)


def _is_missing(error: ClientError) -> bool:
    return error.response.get("Error", {}).get("Code") in {"404", "NoSuchKey", "NotFound"}


def _listed(found: Any) -> StoredObject:
    return StoredObject(found["Key"], found["Size"], "", found["LastModified"])


def _client(settings: Settings, endpoint: str) -> "S3Client":
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name=settings.s3_region,
        aws_access_key_id=settings.s3_access_key,
        aws_secret_access_key=settings.s3_secret_key.get_secret_value(),
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            connect_timeout=3,
            read_timeout=20,
            retries={"max_attempts": 2},
            max_pool_connections=CONNECTIONS,
        ),
    )


def _signer(settings: Settings, endpoint: str) -> Signer:
    return Signer(
        endpoint,
        settings.s3_region,
        settings.s3_bucket,
        settings.s3_access_key,
        settings.s3_secret_key.get_secret_value(),
    )


class Storage:
    """Links carry the public endpoint, our own calls the inner one: they may differ."""

    def __init__(self, settings: Settings) -> None:
        self.bucket = settings.s3_bucket
        self._upload_expires_s = settings.upload_expires_s
        self._link_expires_s = settings.film_link_expires_s
        self._inner = _client(settings, str(settings.s3_endpoint).rstrip("/"))
        self._signer = _signer(settings, str(settings.s3_public_endpoint).rstrip("/"))
        self._inner_signer = _signer(settings, str(settings.s3_endpoint).rstrip("/"))
        self._http = PoolManager(
            maxsize=20, timeout=Timeout(connect=3, read=20), retries=Retry(1, redirect=False)
        )
        self._origins = [settings.origin]
        # Of its own: a storage that does not answer must not hold the threads of anything else.
        self._threads = CapacityLimiter(CONNECTIONS)

    def presign_upload(self, key: str, content_type: str, largest: int) -> UploadTicket:
        """Bound to this key, this type and 1..largest bytes; no network call."""
        fields = {"Content-Type": content_type, "success_action_status": "201"}
        conditions: list[Any] = [
            *({name: value} for name, value in fields.items()),
            ["content-length-range", 1, largest],
        ]
        made = self._signer.post_form(key, fields, conditions, self._upload_expires_s, _now())
        expires_at = clock.now() + timedelta(seconds=self._upload_expires_s)
        return UploadTicket(self._signer.form_url, made, expires_at)

    def link(self, key: str, content_type: str) -> str:
        """Make a GET link that a `<video>` or `<img>` can use, ranges included; no network call."""
        return self._signer.get_url(key, content_type, self._link_expires_s, _now())

    async def head(self, key: str) -> StoredObject | None:
        """Ask the storage itself for the object; None when it has no such key."""
        url = self._inner_signer.head_url(key, ASKED_WITHIN_S, _now())
        try:
            found = await self._in_thread(lambda: self._http.request("HEAD", url))
        except HTTPError as error:
            raise StorageUnavailable from error
        if found.status == 404:
            return None
        if found.status != 200:
            raise StorageUnavailable
        return StoredObject(
            key,
            int(found.headers["content-length"]),
            found.headers["content-type"],
            parsedate_to_datetime(found.headers["last-modified"]),
        )

    async def download(self, key: str, to: Path) -> None:
        """Raise ObjectMissing for a key that the storage does not have: no retry will help."""
        try:
            await self._call(lambda: self._inner.download_file(self.bucket, key, str(to)))
        except StorageUnavailable as error:
            if isinstance(error.__cause__, ClientError) and _is_missing(error.__cause__):
                raise ObjectMissing(key) from error
            raise

    async def upload(self, key: str, source: Path, content_type: str) -> None:
        extra = {"ContentType": content_type}
        await self._call(
            lambda: self._inner.upload_file(str(source), self.bucket, key, ExtraArgs=extra)
        )

    async def delete(self, keys: Sequence[str]) -> None:
        """Delete; what is not there is not an error (S3 semantics)."""
        for start in range(0, len(keys), 1000):
            batch: list[Any] = [{"Key": k} for k in keys[start : start + 1000]]
            await self._call(partial(self._delete, batch))

    def _delete(self, batch: list[Any]) -> None:
        """Look into the answer: S3 says 200 also where it deleted nothing."""
        answer = self._inner.delete_objects(
            Bucket=self.bucket, Delete={"Objects": batch, "Quiet": True}
        )
        if errors := answer.get("Errors"):
            log.error("not deleted", extra={"codes": sorted({e.get("Code", "") for e in errors})})
            raise StorageUnavailable

    async def delete_under(self, prefix: str) -> None:
        found = await self._in_thread(lambda: list(self._keys_under(prefix)))
        await self.delete(found)

    async def list_page(self, prefix: str, after: str) -> list[StoredObject]:
        """At most a thousand objects whose keys follow `after`, in their order; none at the end."""
        page = await self._call(
            lambda: self._inner.list_objects_v2(Bucket=self.bucket, Prefix=prefix, StartAfter=after)
        )
        return [_listed(found) for found in page.get("Contents", [])]

    def _keys_under(self, prefix: str) -> Iterator[str]:
        pages = self._inner.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self.bucket, Prefix=prefix):
            yield from (found["Key"] for found in page.get("Contents", []))

    async def ready(self) -> bool:
        try:
            await self._call(lambda: self._inner.head_bucket(Bucket=self.bucket))
        except StorageUnavailable:
            return False
        return True

    async def _in_thread(self, work: Callable[[], T]) -> T:
        about_to_wait()
        return await to_thread.run_sync(work, limiter=self._threads)

    async def _call(self, call: Callable[[], T]) -> T:
        try:
            return await self._in_thread(call)
        except (BotoCoreError, ClientError) as error:
            raise StorageUnavailable from error

    def prepare_bucket(self, keep_days: Mapping[str, int]) -> None:
        """Idempotent: the bucket, CORS for the preview, and a lifecycle as the second net.

        `keep_days` are days after the upload, by prefix.
        """
        existing = {b["Name"] for b in self._inner.list_buckets()["Buckets"]}
        if self.bucket not in existing:
            self._inner.create_bucket(Bucket=self.bucket)
        self._inner.put_bucket_cors(
            Bucket=self.bucket, CORSConfiguration=cast("Any", {"CORSRules": [self._cors()]})
        )
        rules = [
            {
                "ID": prefix.rstrip("/"),
                "Status": "Enabled",
                "Filter": {"Prefix": prefix},
                "Expiration": {"Days": days},
            }
            for prefix, days in keep_days.items()
        ]
        self._inner.put_bucket_lifecycle_configuration(
            Bucket=self.bucket, LifecycleConfiguration=cast("Any", {"Rules": rules})
        )

    def _cors(self) -> dict[str, Any]:
        return {
            "AllowedOrigins": self._origins,
            "AllowedMethods": ["GET", "HEAD", "POST"],
            "AllowedHeaders": ["*"],
            "ExposeHeaders": ["ETag", "Content-Range"],
            "MaxAgeSeconds": 600,
        }
