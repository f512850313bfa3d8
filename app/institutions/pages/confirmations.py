"""A second person's yes or no to a change of access, on the PC."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import ClinicianActor
from app.accounts.words import ROLES
from app.core.db import Session
from app.core.pages import redirect, render
from app.institutions.loaders import WaitingAccessChange
from app.institutions.models import AccessChangeKind
from app.institutions.queries import access_changes as queries
from app.institutions.queries.access_changes import WaitingRow
from app.institutions.service import access_settling as settling
from app.institutions.words import ABSENCE_REASONS, TITLES

router = APIRouter(prefix="/staff/confirmations", include_in_schema=False)
HOME = "/staff/confirmations"


class Line(NamedTuple):
    """A change as it is shown: from what (empty: from nothing) to what, in words."""

    row: WaitingRow
    before: str
    after: str


@router.get("")
async def show_confirmations(request: Request, actor: ClinicianActor, session: Session) -> Response:
    rows = await queries.list_waiting(session, actor)
    context = {"lines": await _lines(session, rows), "own_id": actor.account_id}
    return render(request, "institutions/confirmations.html", context)


@router.post("/{confirmation_id}/confirm")
async def confirm_change(
    request: Request, actor: ClinicianActor, change: WaitingAccessChange, session: Session
) -> Response:
    await settling.confirm(session, actor, change.id)
    return redirect(request, HOME, say="已确认，现在生效。")


@router.post("/{confirmation_id}/refuse")
async def refuse_change(
    request: Request, actor: ClinicianActor, change: WaitingAccessChange, session: Session
) -> Response:
    await settling.refuse(session, actor, change.id)
    return redirect(request, HOME, say="已拒绝，不会生效。")


async def _lines(session: AsyncSession, rows: Sequence[WaitingRow]) -> list[Line]:
    ids = {UUID(text) for row in rows for text in _ids_in(row.payload)}
    names = await queries.names_of(session, ids) if ids else {}
    return [_line(row, names) for row in rows]


def _ids_in(payload: dict[str, Any]) -> list[str]:
    after = payload.get("after")
    nested = [after.get("institution_id")] if isinstance(after, dict) else [after]
    found = [payload.get("before"), payload.get("stand_in_id"), *nested]
    return [text for text in found if isinstance(text, str) and _is_id(text)]


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _line(row: WaitingRow, names: dict[str, str]) -> Line:
    return Line(row, *IN_WORDS[row.kind](row, names))


Names = dict[str, str]


def _absence(row: WaitingRow, names: Names) -> tuple[str, str]:
    sent = row.payload
    days = f"{sent['from_on']} 至 {sent['to_on']}"
    return "", f"{names[sent['stand_in_id']]}顶班，{days}（{ABSENCE_REASONS[sent['reason']]}）"


def _activation(row: WaitingRow, names: Names) -> tuple[str, str]:
    after = row.payload["after"]
    return "停用", f"启用：{_roles(after['roles'])}，{names[after['institution_id']]}"


def _between(row: WaitingRow, names: Names) -> tuple[str, str]:
    return names[row.payload["before"]], names[row.payload["after"]]


def _new_roles(row: WaitingRow, _names: Names) -> tuple[str, str]:
    return _roles(row.payload["before"]), _roles(row.payload["after"])


def _new_title(row: WaitingRow, _names: Names) -> tuple[str, str]:
    return TITLES[row.payload["before"]], TITLES[row.payload["after"]]


def _membership(row: WaitingRow, _names: Names) -> tuple[str, str]:
    return "", f"进入{row.team_name}，能看这个团队的患者"


def _credentials(_row: WaitingRow, _names: Names) -> tuple[str, str]:
    return "原来的密码和动态码", "新的密码和动态码"


def _roles(codes: Sequence[str]) -> str:
    return "、".join(ROLES[code] for code in codes)


IN_WORDS: dict[AccessChangeKind, Callable[[WaitingRow, Names], tuple[str, str]]] = {
    AccessChangeKind.CREATED: _activation,
    AccessChangeKind.ACTIVATION: _activation,
    AccessChangeKind.CREDENTIALS: _credentials,
    AccessChangeKind.ROLES: _new_roles,
    AccessChangeKind.TITLE: _new_title,
    AccessChangeKind.MOVE: _between,
    AccessChangeKind.MEMBERSHIP: _membership,
    AccessChangeKind.ABSENCE: _absence,
    AccessChangeKind.TEAM_MERGE: _between,
    AccessChangeKind.INSTITUTION_MERGE: _between,
}
