"""Enrol the patients, bind their phones and start their treatments, through the services."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import audit
from app.accounts.models import StaffAccount, WechatAccount
from app.accounts.service import consents, wechat
from app.core import clock
from app.core.crypto import new_token
from app.core.settings import Settings
from app.core.wechat import WeChatSession
from app.features import FEATURES
from app.medication.layout import plan_from_template
from app.medication.models import Slot, Treatment, TreatmentTemplate
from app.medication.schemas.treatments import PhasePlan, Plan, TemplateDefinition, TreatmentCreate
from app.medication.service import treatments
from app.patients import id_number
from app.patients.audit import BIND
from app.patients.models import BirthPrecision, Condition, DocumentKind, Patient, Relation, Sex
from app.patients.queries.guardians import guardian_of
from app.patients.service import binding_codes, records, typed_codes
from scripts.demo.district import District, Worker
from scripts.demo.moments import CLINIC, days_ago, living
from scripts.demo.people import DOCTORS_PHONE, Parent, Part, Villager
from scripts.wechat_standin.state import openid_of

# 990000 is the code of no district and 190 0000 xxxx the number of no phone.
NOWHERE = "990000"
PHONES = "1900000"


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A villager who has become a patient."""

    villager: Villager
    patient: Patient
    number: int
    treatments: tuple[Treatment, ...]
    account_id: UUID | None

    @property
    def id(self) -> UUID:
        return self.patient.id

    @property
    def entered(self) -> dict[str, Any]:
        """What a row keeps of the phone that wrote it: the patient's own or the guardian's."""
        return {"by_account_id": self.account_id, "relation": self.relation}

    @property
    def relation(self) -> Relation:
        return Relation.GUARDIAN if self.villager.parent else Relation.SELF

    def plays(self, part: Part) -> bool:
        return part in self.villager.parts


@dataclass(frozen=True, slots=True)
class Registry:
    """What enrolling needs, the same for all."""

    session: AsyncSession
    settings: Settings
    district: District
    templates: dict[Condition, TreatmentTemplate]
    today: datetime


async def open_registry(
    session: AsyncSession, settings: Settings, district: District, today: datetime
) -> Registry:
    found = await session.scalars(select(TreatmentTemplate))
    templates = {template.condition: template for template in found}
    return Registry(session, settings, district, templates, today)


async def enrol(registry: Registry, number: int, villager: Villager) -> Enrolled:
    """One day before the first tablet: the record, the phone; then the plan."""
    doctor = registry.district.doctor_of(villager.team)
    morning = days_ago(registry.today, villager.days_on, time(9, number % 60))
    began = min(morning, registry.today)  # before nine o'clock today's is still to come
    async with living(registry.session, began - timedelta(days=1)):
        patient = await records.create_patient(
            registry.session,
            doctor.actor,
            _particulars(registry, number, villager),
            _guardian(number, villager.parent),
        )
        patient.zone = villager.zone
    bound_at, account_id = began - timedelta(hours=23), None
    if villager.user:
        account_id = await _bind(registry, doctor, patient, villager, bound_at)
    started = [
        await _start(registry, doctor, patient, villager, condition, began)
        for condition in villager.conditions
    ]
    return Enrolled(villager, patient, number, tuple(started), account_id)


def _particulars(registry: Registry, number: int, villager: Villager) -> records.Particulars:
    born = _birthday(registry.today.astimezone(CLINIC).date(), villager, number)
    kind, document = DocumentKind.RESIDENT_ID, None
    if villager.passport:
        kind, document = DocumentKind.PASSPORT, villager.passport
    elif number % 3 == 0 and not villager.born_in_some_year:
        document = _id_number(born, villager.sex, number)
    by_year = villager.born_in_some_year
    return records.Particulars(
        name=villager.name,
        phone=f"{PHONES}{1000 + number * 37:04d}",
        sex=villager.sex,
        birth_on=born.replace(month=1, day=1) if by_year else born,
        birth_precision=BirthPrecision.YEAR if by_year else BirthPrecision.DAY,
        document_kind=kind,
        id_number=document,
        weight_kg=Decimal(villager.weight_kg),
        conditions=list(villager.conditions),
        team_id=registry.district.teams[villager.team],
    )


def _guardian(number: int, parent: Parent | None) -> records.GuardianParticulars | None:
    if parent is None:
        return None
    return records.GuardianParticulars(parent.name, f"{PHONES}{7000 + number}", parent.relation)


def _birthday(today: date, villager: Villager, number: int) -> date:
    if villager.birthday_days is None:
        first = today.replace(year=today.year - villager.age, day=1)
        return first - timedelta(days=11 + number * 7)
    last = today - timedelta(days=villager.birthday_days)
    return last.replace(year=last.year - villager.age, day=min(last.day, 28))


def _id_number(born: date, sex: Sex, number: int) -> str:
    first = f"{NOWHERE}{born:%Y%m%d}{number:02d}{1 if sex is Sex.MALE else 2}"
    return first + id_number.check_character(first)


async def _bind(
    registry: Registry, doctor: Worker, patient: Patient, villager: Villager, at: datetime
) -> UUID:
    """As bindings.bind does; its count of attempts has a transaction that cannot see ours."""
    session, code = registry.session, binding_codes.make_code()
    async with living(session, at - timedelta(minutes=6)):
        issued = await binding_codes.issue_code(session, doctor.actor, patient.id, code)
    async with living(session, at):
        account = await phone_of(session, str(villager.user))
        guardian = await guardian_of(session, patient.id)
        (guardian or patient).wechat_account_id = account.id
        issued.used_at, issued.used_by = at, account.id
        await consents.accept(session, account.id, _accepted(registry.settings, villager))
        audit.record_of_phone(session, account.id, BIND, patient.id)
    return account.id


async def phone_of(session: AsyncSession, user: str) -> WechatAccount:
    """Log the phone in, as the stand-in's WeChat will know it again."""
    known = WeChatSession(openid=openid_of(user), session_key=SecretStr(new_token()))
    return await wechat.upsert_account(session, known)


def _accepted(settings: Settings, villager: Villager) -> list[tuple[str, str]]:
    offered = FEATURES.consents(settings)
    return [(d.purpose, d.version) for d in offered if d.required or villager.films]


async def link_doctors_phone(registry: Registry) -> None:
    """Let the main doctor log in by scanning, too."""
    account = await phone_of(registry.session, DOCTORS_PHONE)
    doctor = registry.district.workers[0]
    staff = await registry.session.get_one(StaffAccount, doctor.id)
    staff.wechat_account_id, staff.wechat_linked_at = account.id, clock.now()


async def issue_live_code(registry: Registry, newcomer: Enrolled) -> str:
    """Make a code that works now, for whoever wants to try the binding: what is to be typed."""
    session, doctor = registry.session, registry.district.doctor_of(newcomer.villager.team)
    code = binding_codes.make_code()
    digits = await typed_codes.draw_digits(session, code)
    await binding_codes.issue_code(session, doctor.actor, newcomer.id, code, digits)
    patient = await session.get_one(Patient, newcomer.id)
    phone = await binding_codes.phone_asked(session, patient)
    return f"{digits}，手机尾号 {phone[-typed_codes.TAIL :]}"


async def register_again(registry: Registry, enrolled: Enrolled, team: str, at: datetime) -> None:
    """Register a person once more for another team, as somebody did who had not searched first."""
    again = replace(
        _particulars(registry, enrolled.number, enrolled.villager),
        id_number=None,
        team_id=registry.district.teams[team],
    )
    clerk = next(w for w in registry.district.workers if w.person.place == team)
    async with living(registry.session, at):
        await records.create_patient(registry.session, clerk.actor, again)


async def _start(
    registry: Registry,
    doctor: Worker,
    patient: Patient,
    villager: Villager,
    condition: Condition,
    began: datetime,
) -> Treatment:
    template = registry.templates[condition]
    definition = TemplateDefinition.model_validate(template.definition)
    phases = plan_from_template(definition, began.astimezone(CLINIC).date(), patient.weight_kg)
    if condition is Condition.TUBERCULOSIS and villager.takes_at_night:
        _move_to_evening(phases)
    order = TreatmentCreate(
        template_id=template.id,
        name=template.name,
        condition=condition,
        plan=Plan(phases=phases, slot_times=_hours(villager.name, phases[0].drugs[0].slots)),
        passed_too=True,  # they begin at nine with the first dose in the doctor's room
        another=True,
    )
    horizon = (registry.today - began).days + registry.settings.dose_horizon_days
    async with living(registry.session, began):
        return await treatments.start_treatment(
            registry.session, doctor.actor, patient, order, horizon
        )


def _move_to_evening(phases: Sequence[PhasePlan]) -> None:
    for phase in phases:
        for drug in phase.drugs:
            drug.slots = [Slot.EVENING]


def _hours(name: str, slots: Sequence[Slot]) -> dict[Slot, time]:
    """Everybody has their own hour, on the quarter."""
    rng = Random(name)  # noqa: S311  # an hour of the day, not a secret
    usual = {Slot.MORNING: 7, Slot.NOON: 12, Slot.EVENING: 18, Slot.BEDTIME: 21}
    return {
        slot: time(usual[slot] + rng.randrange(2), rng.choice((0, 15, 30, 45))) for slot in slots
    }
