"""No day and no time from outside is without bounds: no new field, no year 1, no year 9999."""

import inspect
import sys
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from types import UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

import httpx
import pytest
from fastapi import FastAPI
from pydantic import AwareDatetime, BaseModel, TypeAdapter, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role
from app.core import clock
from app.core.forms import form_of
from app.core.ids import uuid7
from app.core.pagination import encode
from app.institutions.models import Team
from app.medication.models import Dose
from app.medication.schemas.treatments import DraftPhase
from app.patients.models import Patient
from tests.accounts.factories import staff_client
from tests.medication import factories as make
from tests.medication.phone import phone_of
from tests.routes import below, json_contexts, page_contexts

pytestmark = pytest.mark.usefixtures("noon")
TIMES = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2126-01-01T00:00:00Z")
DAYS = ("0001-01-01", "9999-12-31", "2126-01-01")
# Filled by ourselves, and sent back as a PhasePlan.
NOT_FROM_OUTSIDE = {DraftPhase}


class Field(NamedTuple):
    place: str
    annotation: Any


def _leaves(place: str, annotation: Any, metadata: list[Any]) -> Iterator[Field]:
    """Find every day and time in a type, however deep, each with what bounds it."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *more = get_args(annotation)
        yield from _leaves(place, inner, [*more, *metadata])
    elif origin in {Union, UnionType} or isinstance(origin, type):
        for inner in get_args(annotation):
            yield from _leaves(place, inner, metadata)
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield from _fields_of(annotation)
    elif annotation in {date, datetime, time, AwareDatetime}:
        bounded = Annotated[annotation, *metadata] if metadata else annotation
        yield Field(place, bounded)


def _fields_of(model: type[BaseModel]) -> Iterator[Field]:
    if model not in NOT_FROM_OUTSIDE:
        for name, info in model.model_fields.items():
            yield from _leaves(f"{model.__name__}.{name}", info.annotation, [*info.metadata])


def _of_routes(app: FastAPI) -> Iterator[Field]:
    for context in (*json_contexts(app), *page_contexts(app)):
        for dependant in (context.dependant, *below(context.dependant)):
            for field in (
                *dependant.path_params, *dependant.query_params, *dependant.header_params,
                *dependant.cookie_params, *dependant.body_params,
            ):  # fmt: skip
                info = field.field_info
                place = f"{context.path} {field.name}"
                yield from _leaves(place, info.annotation, [*info.metadata])


def _of_forms(app: FastAPI) -> Iterator[Field]:
    for context in page_contexts(app):
        for dependency in below(context.dependant):
            call = dependency.call
            if call and getattr(call, "__qualname__", "").startswith(form_of.__name__):
                yield from _fields_of(inspect.getclosurevars(call).nonlocals["model"])


def _is_input(model: type[BaseModel]) -> bool:
    return model.model_config.get("extra") == "forbid" or model.__name__.endswith("Form")


def _of_schemas() -> Iterator[Field]:
    """Those that a page checks by hand are reached by no signature."""
    for name, module in list(sys.modules.items()):
        if name.startswith("app.") and ".schemas" in name:
            for model in vars(module).values():
                if inspect.isclass(model) and issubclass(model, BaseModel) and _is_input(model):
                    yield from _fields_of(model)


def _takes(adapter: TypeAdapter[Any], value: str) -> bool:
    """Whether an impossible value gets through as it is; a clamped one does not."""
    try:
        taken = adapter.validate_python(value)
    except ValidationError:
        return False
    if isinstance(taken, datetime):
        return abs(taken - clock.now()) > timedelta(days=366)
    return True


def test_every_day_and_time_from_outside_is_bounded(app: FastAPI) -> None:
    fields = {*_of_routes(app), *_of_forms(app), *_of_schemas()}
    places = {field.place for field in fields}
    impossible = (*TIMES, *DAYS, "08:00Z")

    unbounded = {
        (field.place, value)
        for field in fields
        for value in impossible
        if _takes(TypeAdapter(field.annotation), value)
    }

    assert unbounded == set()
    assert {
        "RecordingCreate.captured_at", "SideEffectCreate.reported_at", "VerdictCreate.opened_at",
        "AbsenceCreate.to_on", "PhasePlan.ends_on", "HoldForm.to_on", "PatientForm.birth_on",
        "/api/admin/calendar/{day} day", "Plan.slot_times",
    } <= places  # fmt: skip


# -- through the routes ---------------------------------------------------------------------------


@pytest.fixture
async def team(session: AsyncSession) -> Team:
    return await make.make_team(session)


@pytest.fixture
async def patient(session: AsyncSession, team: Team) -> Patient:
    return await make.make_patient(session, team=team)


@pytest.fixture
async def dose(session: AsyncSession, patient: Patient) -> Dose:
    return await make.make_dose(session, patient=patient)


@pytest.fixture
async def browser(app: FastAPI, session: AsyncSession, team: Team) -> httpx.AsyncClient:
    roles = (Role.DOCTOR, Role.SUPERVISOR)
    return await staff_client(
        app, session, (await make.make_staff(session, team=team, roles=roles)).id
    )


@pytest.mark.parametrize("at", TIMES)
async def test_no_film_comes_with_an_impossible_time(
    at: str, app: FastAPI, patient: Patient, dose: Dose
) -> None:
    phone = phone_of(app, patient)

    opened = await phone.announce(dose, opened_at=at)
    captured = await phone.announce(dose, captured_at=at)
    announced = (await phone.announce(dose)).json()
    sent = await phone.http.post(
        f"/api/recordings/{announced['recording_id']}/uploaded", json={"sent_at": at}
    )

    assert (opened.status_code, captured.status_code, sent.status_code) == (422, 422, 422)
    assert (await phone.http.get("/api/me/export")).status_code == 200


@pytest.mark.parametrize("at", TIMES)
async def test_a_severe_symptom_is_taken_whatever_the_phones_clock_says(
    at: str, app: FastAPI, browser: httpx.AsyncClient, patient: Patient, dose: Dose
) -> None:
    """The doctor is told, and every page of the patient opens: the time is the server's."""
    phone = phone_of(app, patient)

    told = await phone.say(
        dose, "side-effects", "side-effects-1", symptoms=["yellow_skin"], note=None, reported_at=at
    )

    assert (told.status_code, told.json()["severe"]) == (201, True)
    home = f"/staff/patients/{patient.id}"
    for page in (home, f"{home}/medication", f"{home}/medication/history"):
        assert (await browser.get(page)).status_code == 200, page
    assert (await browser.get(f"/staff/doses/{dose.id}")).status_code == 200
    assert (await phone.http.get("/api/me/export")).status_code == 200


@pytest.mark.parametrize("day", DAYS)
async def test_no_plan_goes_further_than_three_years(
    day: str, browser: httpx.AsyncClient, patient: Patient, dose: Dose
) -> None:
    treatment = f"/staff/treatments/{dose.treatment_id}"
    new = f"/staff/patients/{patient.id}/treatments/new"
    good = {"from_on": "2026-09-10", "to_on": "2026-09-12", "reason": "住院治疗"}
    good["key"] = "a-key-of-a-form"

    answers = [
        await browser.post(f"{treatment}/hold", data=good | {"to_on": day}),
        await browser.post(f"{treatment}/hold", data=good | {"from_on": day}),
        await browser.post(f"{treatment}/stop", data={"stopped_on": day, "outcome": "completed"}),
        await browser.post(f"{treatment}/edit", data={"from_on": day}),
        await browser.post(f"/staff/doses/{dose.id}/reschedule", data={"to_on": day}),
        await browser.get(new, params={"template": "free", "starts_on": day}),
        await browser.post("/staff/absences", data={"from_on": day, "to_on": day}),
    ]

    assert [answer.status_code for answer in answers] == [422] * 7
    assert (await browser.get(treatment)).status_code == 200


async def test_a_dose_moves_at_most_sixty_days(browser: httpx.AsyncClient, dose: Dose) -> None:
    far = clock.today_in("Asia/Shanghai") + timedelta(days=61)
    address = f"/staff/doses/{dose.id}/reschedule"

    refused = await browser.post(address, data={"to_on": far.isoformat()})
    moved = await browser.post(address, data={"to_on": (far - timedelta(days=1)).isoformat()})

    assert (refused.status_code, moved.status_code) == (422, 303)
    assert "60 天以内" in refused.text


@pytest.mark.parametrize("at", [*map(datetime.fromisoformat, (*TIMES, *DAYS))])
async def test_a_cursor_with_an_impossible_time_is_answered(
    at: datetime, browser: httpx.AsyncClient, app: FastAPI, patient: Patient
) -> None:
    cursor = {"cursor": encode(at, uuid7())}
    home = f"/staff/patients/{patient.id}"
    phone = phone_of(app, patient)

    for address in ("/staff/patients", f"{home}/contacts", f"{home}/medication/films"):
        assert (await browser.get(address, params=cursor)).status_code in {200, 422}, address
    for address in ("/api/me/views", "/api/notices"):
        assert (await phone.http.get(address, params=cursor)).status_code in {200, 422}, address
