"""One order on server and phone: both are held to the cases of today-order.json."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.core.ranks import Rank, RankedItem, in_order
from app.core.refs import RefRead
from app.medication.models import Slot
from app.medication.rules import DoseState
from app.medication.schemas.doses import DoseCard
from app.medication.today import rank_of
from app.patients.models import Condition

CASES = json.loads((Path(__file__).parents[2] / "miniprogram/tests/today-order.json").read_text())


def _item(case: dict[str, Any]) -> RankedItem:
    ref = RefRead(feature="medication", kind="dose", id=UUID(case["id"]))
    due_at = datetime.fromisoformat(case["due_at"])
    return RankedItem(ref=ref, rank=Rank(case["rank"]), due_at=due_at, revision=1)


@pytest.mark.parametrize("case", CASES["order"], ids=lambda case: str(case["name"]))
def test_items_stand_in_the_order_of_the_phone(case: dict[str, Any]) -> None:
    items = [_item(one) for one in case["items"]]

    assert [str(i.ref.id) for i in in_order(items)] == case["sorted"]
    assert [str(i.ref.id) for i in in_order(reversed(items))] == case["sorted"]


def _card(case: dict[str, Any]) -> DoseCard:
    due_at = datetime.fromisoformat(case["due_at"])
    return DoseCard(
        dose_id=UUID(int=1),
        revision=1,
        treatment_name="肺结核",
        condition=Condition.TUBERCULOSIS,
        due_on=due_at.date(),
        slot=Slot.BEDTIME,
        due_at=due_at,
        opens_at=due_at - timedelta(hours=9),
        closes_at=due_at + timedelta(hours=6),
        drugs=[],
        state=DoseState(case["state"]),
        can_film=case["can_film"],
        can_report=False,
        recording=None,
        side_effects_answered=False,
        severe=case["severe"],
        day_code=None,
    )


@pytest.mark.parametrize("case", CASES["doses"], ids=lambda case: str(case["name"]))
def test_a_dose_ranks_as_on_the_phone(case: dict[str, Any]) -> None:
    assert rank_of(_card(case), datetime.fromisoformat(case["at"])) == case["rank"]


def test_every_state_and_every_rank_has_a_case() -> None:
    assert {case["state"] for case in CASES["doses"]} == set(DoseState)
    assert {case["rank"] for case in CASES["doses"]} == set(Rank)
    assert {i["rank"] for case in CASES["order"] for i in case["items"]} == set(Rank)
