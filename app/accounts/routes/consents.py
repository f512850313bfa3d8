"""JSON edge of accounts: consent."""

from collections.abc import Sequence

from fastapi import APIRouter

from app.accounts import queries
from app.accounts.access import PatientActor
from app.accounts.documents import ConsentDocument, documents
from app.accounts.models import Consent, ConsentPurpose
from app.accounts.schemas import ConsentDocumentRead, ConsentRead, ConsentsAccept
from app.accounts.service import consents
from app.core.access import PUBLIC
from app.core.db import Session
from app.core.state import AppSettings

router = APIRouter(prefix="/api/consents", tags=["consents"])


@router.get("/documents", response_model=list[ConsentDocumentRead], dependencies=[PUBLIC])
async def list_consent_documents(settings: AppSettings) -> list[ConsentDocument]:
    return documents(settings.video_retention_days)


@router.get("", response_model=list[ConsentRead])
async def list_consents(actor: PatientActor, session: Session) -> Sequence[Consent]:
    return await queries.consents_of(session, actor.account_id)


@router.post("", status_code=201, response_model=list[ConsentRead])
async def accept_consents(
    body: ConsentsAccept, settings: AppSettings, actor: PatientActor, session: Session
) -> Sequence[Consent]:
    accepted = [(yes.purpose, yes.version) for yes in body.accepted]
    consents.refuse_outdated(documents(settings.video_retention_days), accepted)
    await consents.accept(session, actor.account_id, accepted)
    return await queries.consents_of(session, actor.account_id)


@router.post("/{purpose}/withdraw", response_model=list[ConsentRead])
async def withdraw_consent(
    purpose: ConsentPurpose, actor: PatientActor, session: Session
) -> Sequence[Consent]:
    await consents.withdraw(session, actor.account_id, purpose)
    return await queries.consents_of(session, actor.account_id)
