"""Who is named in the top bar of every PC page."""

from fastapi import Depends, Request
from sqlalchemy import Select, select

from app.accounts.access import staff_cookie
from app.accounts.models import StaffAccount, StaffSession
from app.core.crypto import token_hash
from app.core.db import Session
from app.core.pages import Person
from app.core.statements import Prepared
from app.institutions.models import StaffMember, Title


@Prepared
def _person_of(*, hashed: str) -> Select[str, Title, list[str]]:
    return (
        select(StaffMember.name, StaffMember.title, StaffAccount.roles)
        .join(StaffAccount, StaffAccount.id == StaffMember.id)
        .join(StaffSession, StaffSession.staff_account_id == StaffAccount.id)
        .where(StaffSession.token_hash == hashed, StaffSession.ended_at.is_(None))
    )


async def name_person(request: Request, session: Session) -> None:
    """Names only: it lets nobody in, and stands beside the actor that a page declares."""
    cookie = request.cookies.get(staff_cookie(request))
    if not cookie:
        return
    if row := await _person_of.first(session, hashed=token_hash(cookie)):
        name, title, roles = row
        request.state.person = Person(name, title, frozenset(roles))


NAMED = Depends(name_person)
