"""The contact log of a patient: read and added to."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import ClinicianActor, StaffActor
from app.core.db import Session
from app.core.forms import Form, form_of, refusing
from app.core.idempotency import make_once
from app.core.pages import redirect, render
from app.core.pagination import Cursor
from app.patients.frame import open_page
from app.patients.loaders import ReachablePatient
from app.patients.models import Patient
from app.patients.queries.contacts import list_contacts
from app.patients.schemas import ContactForm
from app.patients.service import contacts
from app.patients.words import CONTACTS

router = APIRouter(prefix="/staff/patients/{patient_id}/contacts", include_in_schema=False)
Sent = Annotated[Form[ContactForm], Depends(form_of(ContactForm))]
PAGE_SIZE = 30


async def _page(
    request: Request,
    session: AsyncSession,
    actor: StaffActor,
    patient: Patient,
    cursor: str | None,
    form: Form[ContactForm],
) -> Response:
    page = await list_contacts(session, patient.id, cursor, PAGE_SIZE)
    context = await open_page(request, session, actor, patient, "contacts") | {
        "contacts": page.lines,
        "next_cursor": page.next_cursor,
        "is_first_page": cursor is None,
        "form": form,
        "kinds": [(kind.value, mark.word) for kind, mark in CONTACTS.items()],
    }
    return render(request, "patients/contacts.html", context, 422 if form.errors else 200)


@router.get("")
async def show_contacts(
    request: Request,
    actor: ClinicianActor,
    patient: ReachablePatient,
    session: Session,
    cursor: Cursor = None,
) -> Response:
    return await _page(request, session, actor, patient, cursor, Form({"kind": "called"}))


@router.post("")
async def log_contact(
    request: Request,
    actor: ClinicianActor,
    patient: ReachablePatient,
    form: Sent,
    session: Session,
) -> Response:
    here = f"/staff/patients/{patient.id}/contacts"
    if form.data is not None:
        sent = form.data

        async def log() -> UUID:
            return await contacts.log_contact(
                session, actor, patient, sent.kind, sent.note, sent.key
            )

        intent = f"contact {patient.id} {sent.model_dump_json(exclude={'key'})}"
        async with refusing(session, form, "note", made_at=here):
            await make_once(session, actor.account_id, sent.key, intent, log)
    if form.data is None:
        return await _page(request, session, actor, patient, None, form)
    return redirect(request, here, say="已登记联系。")
