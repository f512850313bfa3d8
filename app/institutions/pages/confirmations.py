"""Changes of access on the PC: the second person's yes or no, and what became of them."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.access import ClinicianActor, OperatorActor
from app.accounts.words import ROLES
from app.core.db import Session
from app.core.filters import day
from app.core.pages import redirect, render
from app.institutions.loaders import AnsweredAccessChange
from app.institutions.models import AccessChangeKind
from app.institutions.queries import access_shown as queries
from app.institutions.queries.access_shown import ShownRow
from app.institutions.service import access_settling as settling
from app.institutions.words import ABSENCE_REASONS, TITLES

router = APIRouter(include_in_schema=False)
HOME, ASKED = "/staff/confirmations", "/staff/asked-changes"


class Line(NamedTuple):
    """A change as it is shown: from what (empty: from nothing) to what, in words."""

    row: ShownRow
    before: str
    after: str


@router.get(HOME)
async def show_confirmations(request: Request, actor: ClinicianActor, session: Session) -> Response:
    waiting = await queries.list_waiting(session, actor)
    over = await queries.list_over(session, actor)
    lines = await _lines(session, [*waiting, *over])
    context = {
        "waiting": lines[: len(waiting)],
        "over": lines[len(waiting) :],
        "own_id": actor.account_id,
    }
    return render(request, "institutions/confirmations.html", context)


@router.get(ASKED)
async def show_asked(request: Request, actor: OperatorActor, session: Session) -> Response:
    """Show the operator who asked what became of it."""
    lines = await _lines(session, await queries.list_asked(session, actor))
    return render(request, "institutions/asked.html", {"lines": lines, "own_id": actor.account_id})


@router.post(HOME + "/{confirmation_id}/confirm")
async def confirm_change(
    request: Request, actor: ClinicianActor, change: AnsweredAccessChange, session: Session
) -> Response:
    await settling.confirm(session, actor, change.id)
    return redirect(request, HOME, say="已确认，现在生效。")


@router.post(HOME + "/{confirmation_id}/refuse")
async def refuse_change(
    request: Request, actor: ClinicianActor, change: AnsweredAccessChange, session: Session
) -> Response:
    await settling.refuse(session, actor, change.id)
    return redirect(request, HOME, say="已拒绝，不会生效。")


async def _lines(session: AsyncSession, rows: Sequence[ShownRow]) -> list[Line]:
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


def _line(row: ShownRow, names: dict[str, str]) -> Line:
    return Line(row, *IN_WORDS[row.kind](row, names))


Names = dict[str, str]


def _absence(row: ShownRow, names: Names) -> tuple[str, str]:
    sent = row.payload
    first, last = (day(date.fromisoformat(sent[name])) for name in ("from_on", "to_on"))
    days = first if first == last else f"{first}到{last}"
    return "", f"{names[sent['stand_in_id']]}顶班，{days}（{ABSENCE_REASONS[sent['reason']]}）"


def _activation(row: ShownRow, names: Names) -> tuple[str, str]:
    after = row.payload["after"]
    return "停用", f"启用：{_roles(after['roles'])}，{names[after['institution_id']]}"


def _creation(row: ShownRow, names: Names) -> tuple[str, str]:
    after = row.payload["after"]
    return "", f"{_roles(after['roles'])}，{names[after['institution_id']]}"


def _between(row: ShownRow, names: Names) -> tuple[str, str]:
    return names[row.payload["before"]], names[row.payload["after"]]


def _new_roles(row: ShownRow, _names: Names) -> tuple[str, str]:
    return _roles(row.payload["before"]), _roles(row.payload["after"])


def _new_title(row: ShownRow, _names: Names) -> tuple[str, str]:
    return TITLES[row.payload["before"]], TITLES[row.payload["after"]]


def _membership(row: ShownRow, _names: Names) -> tuple[str, str]:
    return "", f"进入{row.team_name}，能看这个团队的患者"


def _credentials(_row: ShownRow, _names: Names) -> tuple[str, str]:
    return "原来的密码和动态码", "新的密码和动态码"


def _roles(codes: Sequence[str]) -> str:
    return "、".join(ROLES[code] for code in codes)


IN_WORDS: dict[AccessChangeKind, Callable[[ShownRow, Names], tuple[str, str]]] = {
    AccessChangeKind.CREATED: _creation,
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
