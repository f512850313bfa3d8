"""JSON edge of accounts: consent."""

from collections.abc import Sequence

from fastapi import APIRouter, Request

from app.accounts import queries
from app.accounts.access import PatientActor
from app.accounts.models import Consent
from app.accounts.schemas import ConsentDocumentRead, ConsentRead, ConsentsAccept, Purpose
from app.accounts.service import consents
from app.core.access import PUBLIC
from app.core.consents import ConsentDocument
from app.core.db import Session
from app.core.feature import Features
from app.core.problems import NotFound

router = APIRouter(prefix="/api/consents", tags=["consents"])


def documents_of(request: Request) -> list[ConsentDocument]:
    features: Features = request.app.state.features
    return features.consents(request.app.state.settings)


@router.get("/documents", response_model=list[ConsentDocumentRead], dependencies=[PUBLIC])
async def list_consent_documents(request: Request) -> list[ConsentDocument]:
    return documents_of(request)


@router.get("", response_model=list[ConsentRead])
async def list_consents(actor: PatientActor, session: Session) -> Sequence[Consent]:
    return await queries.consents_of(session, actor.account_id)


@router.post("", status_code=201, response_model=list[ConsentRead])
async def accept_consents(
    body: ConsentsAccept, request: Request, actor: PatientActor, session: Session
) -> Sequence[Consent]:
    accepted = [(yes.purpose, yes.version) for yes in body.accepted]
    consents.refuse_outdated(documents_of(request), accepted)
    await consents.accept(session, actor.account_id, accepted)
    return await queries.consents_of(session, actor.account_id)


@router.post("/{purpose}/withdraw", response_model=list[ConsentRead])
async def withdraw_consent(
    purpose: Purpose, request: Request, actor: PatientActor, session: Session
) -> Sequence[Consent]:
    if purpose not in {document.purpose for document in documents_of(request)}:
        raise NotFound
    await consents.withdraw(session, actor.account_id, purpose)
    return await queries.consents_of(session, actor.account_id)
