"""The storage adapter against a real one: listing, deleting, and what is missing."""

from pathlib import Path

import pytest
from pydantic import HttpUrl

from app.core.settings import Settings
from app.core.storage import ObjectMissing, Storage, StorageUnavailable


@pytest.fixture
def storage(settings: Settings) -> Storage:
    return Storage(settings)


@pytest.fixture
def away(settings: Settings) -> Storage:
    return Storage(settings.model_copy(update={"s3_endpoint": HttpUrl("http://127.0.0.1:9")}))


@pytest.fixture
def some_file(tmp_path: Path) -> Path:
    path = tmp_path / "film"
    path.write_bytes(b"bytes of a film")
    return path


async def test_storage_lists_deletes_and_answers_ready(storage: Storage, some_file: Path) -> None:
    keys = [f"films/many/{n}" for n in range(5)]
    for key in keys:
        await storage.upload(key, some_file, "video/mp4")

    listed = await storage.list_page("films/many/", "")
    assert sorted(o.key for o in listed) == keys
    await storage.delete_under("films/many/")
    await storage.delete(["films/many/never-there"])

    assert [await storage.head(key) for key in keys] == [None] * 5
    assert await storage.ready()


async def test_deletion_is_believed_only_where_the_answer_names_no_error(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S3 answers 200 and says in the body what it did not delete."""
    answer = {"Errors": [{"Key": "films/a/source", "Code": "AccessDenied"}]}
    inner = storage._inner  # noqa: SLF001 no real storage can be made to refuse one key
    monkeypatch.setattr(inner, "delete_objects", lambda **_: answer)

    with pytest.raises(StorageUnavailable):
        await storage.delete(["films/a/source"])


async def test_missing_object_is_told_from_a_storage_that_is_away(
    storage: Storage, away: Storage, tmp_path: Path
) -> None:
    with pytest.raises(ObjectMissing):
        await storage.download("films/never-there/source", tmp_path / "x")
    with pytest.raises(StorageUnavailable):
        await away.download("films/never-there/source", tmp_path / "x")
