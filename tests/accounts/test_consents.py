"""Consent is per purpose and version, and as easy to withdraw as to give."""

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import AuditEvent
from tests.accounts.factories import documents, make_wechat_account, wechat_client

VIDEO, HEALTH = "video_observation", "health_record"


@pytest.fixture
async def phone(app: FastAPI, session: AsyncSession) -> httpx.AsyncClient:
    return wechat_client(app, (await make_wechat_account(session)).id)


def yes(*purposes: str, days: int = 90) -> dict[str, list[dict[str, str]]]:
    known = {d.purpose: d.version for d in documents(days)}
    return {"accepted": [{"purpose": p, "version": known[p]} for p in purposes]}


async def test_documents_are_public_and_say_how_long_videos_stay(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/api/consents/documents")

    by_purpose = {d["purpose"]: d for d in answer.json()}
    assert set(by_purpose) == {HEALTH, VIDEO}
    assert "90 天" in "".join(by_purpose[VIDEO]["paragraphs"])
    assert by_purpose[HEALTH]["required"]


async def test_accepting_lists_what_stands(phone: httpx.AsyncClient) -> None:
    answer = await phone.post("/api/consents", json=yes(HEALTH, VIDEO))

    assert answer.status_code == 201
    assert {(c["purpose"], c["withdrawn_at"]) for c in answer.json()} == {
        (HEALTH, None),
        (VIDEO, None),
    }


async def test_a_yes_and_its_withdrawal_are_in_the_trail_once(
    phone: httpx.AsyncClient, session: AsyncSession
) -> None:
    """Said again, or withdrawn without a yes, changes nothing and is not noted."""
    for _ in range(2):
        await phone.post("/api/consents", json=yes(VIDEO))
    for purpose in (VIDEO, VIDEO, HEALTH):
        await phone.post(f"/api/consents/{purpose}/withdraw")

    version = yes(VIDEO)["accepted"][0]["version"]
    events = (await session.scalars(select(AuditEvent).order_by(AuditEvent.id))).all()
    assert [(e.actor_kind, e.action, e.detail) for e in events] == [
        ("wechat", "give_consent", {"purpose": VIDEO, "before": None, "after": version}),
        ("wechat", "withdraw_consent", {"purpose": VIDEO, "before": version, "after": None}),
    ]


async def test_accepting_twice_keeps_one_row(phone: httpx.AsyncClient) -> None:
    await phone.post("/api/consents", json=yes(HEALTH))
    answer = await phone.post("/api/consents", json=yes(HEALTH))

    assert len(answer.json()) == 1


async def test_withdrawn_consent_stays_readable_and_can_be_given_anew(
    phone: httpx.AsyncClient,
) -> None:
    await phone.post("/api/consents", json=yes(VIDEO))
    withdrawn = await phone.post(f"/api/consents/{VIDEO}/withdraw")
    await phone.post("/api/consents", json=yes(VIDEO))

    assert withdrawn.json()[0]["withdrawn_at"] is not None
    listed = (await phone.get("/api/consents")).json()
    assert [c["withdrawn_at"] is None for c in listed] == [True, False]


async def test_withdrawing_what_was_never_given_changes_nothing(phone: httpx.AsyncClient) -> None:
    answer = await phone.post(f"/api/consents/{VIDEO}/withdraw")

    assert (answer.status_code, answer.json()) == (200, [])


async def test_outdated_version_must_be_read_again(phone: httpx.AsyncClient) -> None:
    answer = await phone.post("/api/consents", json=yes(VIDEO, days=30))

    assert answer.status_code == 422
    assert answer.json()["type"] == "consent-outdated"


async def test_longer_retention_is_a_new_version() -> None:
    assert yes(VIDEO, days=30) != yes(VIDEO, days=90)
