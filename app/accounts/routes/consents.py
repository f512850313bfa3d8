"""JSON edge of accounts: consent."""

from collections.abc import Sequence

from fastapi import APIRouter

from app.accounts import queries
from app.accounts.access import PatientActor
from app.accounts.limits import OPEN_READS, by_address
from app.accounts.models import Consent
from app.accounts.schemas import ConsentDocumentRead, ConsentRead, ConsentsAccept, Purpose
from app.accounts.service import consents, wechat
from app.core.access import PUBLIC
from app.core.consents import ConsentDocument
from app.core.db import Session
from app.core.problems import NotFound
from app.core.state import AppConsents

router = APIRouter(prefix="/api/consents", tags=["consents"])


@router.get(
    "/documents",
    response_model=list[ConsentDocumentRead],
    dependencies=[PUBLIC, by_address(OPEN_READS)],
)
async def list_consent_documents(offered: AppConsents) -> list[ConsentDocument]:
    return offered


@router.get("", response_model=list[ConsentRead])
async def list_consents(actor: PatientActor, session: Session) -> Sequence[Consent]:
    return await queries.consents_of(session, actor.account_id)


@router.post("", status_code=201, response_model=list[ConsentRead])
async def accept_consents(
    body: ConsentsAccept, offered: AppConsents, actor: PatientActor, session: Session
) -> Sequence[Consent]:
    accepted = [(yes.purpose, yes.version) for yes in body.accepted]
    consents.refuse_outdated(offered, accepted)
    await wechat.refuse_closed(session, actor.account_id)
    await consents.accept(session, actor.account_id, accepted)
    return await queries.consents_of(session, actor.account_id)


@router.post("/{purpose}/withdraw", response_model=list[ConsentRead])
async def withdraw_consent(
    purpose: Purpose, offered: AppConsents, actor: PatientActor, session: Session
) -> Sequence[Consent]:
    if purpose not in {document.purpose for document in offered}:
        raise NotFound
    await consents.withdraw(session, actor.account_id, purpose)
    return await queries.consents_of(session, actor.account_id)
