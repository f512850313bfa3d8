"""A second feature puts its items on 今日 by its own types alone."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ranks import Rank, RankedItem
from app.core.refs import RefRead
from app.core.routing import index_routes
from app.core.storage import Storage
from app.patients.loaders import OwnRecord
from app.today.parts import PARTS, Part
from app.today.routes import router_of
from tests.medication import factories as make
from tests.medication.phone import phone_of

pytestmark = pytest.mark.usefixtures("noon")


class WalkItem(RankedItem):
    kind: Literal["walk"]
    steps: int


async def walks(
    _: AsyncSession, record: OwnRecord, on: date, at: datetime, __: Storage
) -> list[WalkItem]:
    assert on == at.date()
    ref = RefRead(feature="walks", kind="walk", id=record.patient.id)
    return [
        WalkItem(kind="walk", ref=ref, rank=Rank.STOP, due_at=at, revision=7, steps=3000),
        WalkItem(
            kind="walk",
            ref=ref.model_copy(update={"id": UUID(int=1)}),
            rank=Rank.DONE,
            due_at=at,
            revision=1,
            steps=1,
        ),
    ]


@pytest.fixture
def two_features(app: FastAPI) -> FastAPI:
    """Serve 今日 of two features under an address of its own."""
    router = router_of((*PARTS, Part(WalkItem, walks)))
    app.include_router(router, prefix="/both")
    index_routes(app)
    return app


async def test_items_of_two_features_stand_in_one_order(
    two_features: FastAPI, session: AsyncSession
) -> None:
    patient = await make.make_patient(session)
    await make.make_dose(session, patient=patient)

    answer = await phone_of(two_features, patient).http.get("/both/api/today")

    items = answer.json()["items"]
    assert [(i["kind"], i["rank"]) for i in items] == [
        ("walk", "stop"),
        ("dose", "now"),
        ("walk", "done"),
    ]
    assert items[0]["steps"] == 3000
    assert items[1]["dose"]["state"] == "open"


def test_the_document_tells_items_apart_by_their_kind(two_features: FastAPI) -> None:
    two_features.openapi_schema = None
    schemas = two_features.openapi()["paths"]["/both/api/today"]["get"]["responses"]["200"]
    name = schemas["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]

    items = two_features.openapi()["components"]["schemas"][name]["properties"]["items"]["items"]

    assert items["discriminator"]["propertyName"] == "kind"
    assert set(items["discriminator"]["mapping"]) == {"dose", "walk"}
