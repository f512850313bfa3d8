"""One's own account: where one is logged in, the password, the linked WeChat."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import cookies, queries
from app.accounts.access import AnyStaffActor, StaffActor, address_of, idle_since
from app.accounts.limits import SCAN_CODES, by_staff
from app.accounts.loaders import OwnStaffAccount, OwnStaffSession
from app.accounts.models import ScanPurpose, StaffAccount
from app.accounts.pages.login import REFUSED_PASSWORD, asking_of, sentence_of
from app.accounts.schemas import LinkForm, PasswordForm
from app.accounts.service import links, logins, scans, sessions
from app.accounts.wechat import WeChatClient, draw_code
from app.core.db import Session, Sessionmaker, Sessions, end_transaction
from app.core.forms import Form, form_of
from app.core.pages import fragment, is_partial, redirect, render
from app.core.problems import TooManyAttempts
from app.core.state import settings_of

router = APIRouter(prefix="/staff/account", include_in_schema=False)
HOME = "/staff/account"
NewPassword = Annotated[Form[PasswordForm], Depends(form_of(PasswordForm))]
Link = Annotated[Form[LinkForm], Depends(form_of(LinkForm))]


async def _context(
    request: Request, session: AsyncSession, actor: StaffActor, account: StaffAccount
) -> dict[str, Any]:
    settings = settings_of(request)
    shown = await queries.open_sessions_of(session, actor.account_id, idle_since(settings))
    return {
        "account": account,
        "sessions": shown,
        "current_id": actor.session_id,
        "idle_minutes": settings.staff_idle_minutes,
        "form": Form[PasswordForm](),
        "link_form": Form[LinkForm](),
        **await _link_state(request, session, account),
    }


async def _link_state(
    request: Request, session: AsyncSession, account: StaffAccount
) -> dict[str, Any]:
    """Tell where the link stands: a phone that waits for this browser's answer comes first."""
    asked = await links.find_confirmed(session, account.id, cookies.browser_of(request))
    if asked is not None:
        return {"state": "asking", "scan": asked}
    if account.wechat_account_id is not None:
        return {"state": "linked", "linked_at": account.wechat_linked_at}
    return {"state": "unlinked"}


@router.get("")
async def show_account(
    request: Request, actor: AnyStaffActor, account: OwnStaffAccount, session: Session
) -> Response:
    context = await _context(request, session, actor, account)
    return render(request, "accounts/account.html", context)


async def _prove(
    request: Request, sessions: Sessionmaker, account: StaffAccount, form: Form[Any], name: str
) -> int:
    """Refuse the form unless its field `name` is the present password; return the status.

    No transaction may be open: hashing is slow.
    """
    if form.data is None:
        return 422
    try:
        address, password = address_of(request), form.values[name]
        right = await logins.knows_password(sessions, account, password, address)
    except TooManyAttempts as problem:
        form.refuse(name, sentence_of(problem))
        return problem.status
    if not right:
        form.refuse(name, "现在的密码不对。")
    return 200 if right else 422


@router.post("/password")
async def change_password(
    request: Request,
    actor: AnyStaffActor,
    account: OwnStaffAccount,
    form: NewPassword,
    session: Session,
    sessions: Sessions,
) -> Response:
    """Whoever knew the old password is logged out everywhere else."""
    await end_transaction(session)
    if form.data and form.data.password != form.data.repeated:
        form.refuse("repeated", "两次输入的新密码不一样。")
    status = await _prove(request, sessions, account, form, "present")
    if form.data:
        await _set(sessions, actor, account, form, form.data.password)
    if form.data is None:
        async with sessions.begin() as own:
            context = await _context(request, own, actor, account) | {"form": form}
        return render(request, "accounts/account.html", context, max(status, 422))
    return redirect(request, HOME, say="密码已修改，其他设备已退出登录。")


async def _set(
    sessions: Sessionmaker,
    actor: StaffActor,
    account: StaffAccount,
    form: Form[PasswordForm],
    password: str,
) -> None:
    try:
        await logins.change_password(sessions, actor, account, password)
    except logins.PasswordChangedMeanwhile as problem:
        form.refuse("present", problem.title)
    except REFUSED_PASSWORD as problem:
        form.refuse("password", problem.title)


@router.post("/sessions/{session_id}/end")
async def end_session(
    request: Request, actor: AnyStaffActor, other: OwnStaffSession, session: Session
) -> Response:
    await sessions.end_session(session, actor.account_id, other.id)
    return redirect(request, HOME, say="已在那台设备上退出登录。")


@router.post("/sessions/end-others")
async def end_other_sessions(request: Request, actor: AnyStaffActor, session: Session) -> Response:
    await sessions.end_all_sessions(session, actor.account_id, but=actor.session_id)
    return redirect(request, HOME, say="其他设备都已退出登录。")


@router.post("/wechat", dependencies=[by_staff(SCAN_CODES)])
async def show_link_code(
    request: Request,
    actor: AnyStaffActor,
    account: OwnStaffAccount,
    form: Link,
    session: Session,
    sessions: Sessions,
    wechat: WeChatClient,
) -> Response:
    """Ask for the password: a linked WeChat is a way in for good, an unlocked PC is not."""
    await end_transaction(session)
    status = await _prove(request, sessions, account, form, "link_password")
    async with sessions.begin() as own:
        context = await _context(request, own, actor, account)
    if form.data is None:
        context |= {"state": "unlinked", "link_form": form}
        return render(request, "accounts/link_code.html", context, status)
    return await _wait_for_phone(request, sessions, wechat, actor, context)


async def _wait_for_phone(
    request: Request,
    sessions: Sessionmaker,
    wechat: WeChatClient,
    actor: StaffActor,
    context: dict[str, Any],
) -> Response:
    """Draw the code without a transaction open, then note it in one of its own."""
    code, asking = scans.make_code(), asking_of(request)
    image = await draw_code(wechat, scans.scene_of(code), scans.PAGE)
    async with sessions.begin() as session:
        await scans.show(session, ScanPurpose.LINK, code, asking, actor.account_id)
    context |= {"state": "waiting", "code": code, "image": image}
    response = render(request, "accounts/link_code.html", context)
    cookies.remember_browser(request, response, asking.secret)
    return response


@router.get("/wechat")
async def watch_link_code(request: Request, account: OwnStaffAccount, session: Session) -> Response:
    """Answer the page's polling until the phone has said yes or the code has run out."""
    if not is_partial(request):
        return redirect(request, HOME)
    context = await _link_state(request, session, account)
    if context["state"] != "unlinked":
        return fragment(request, "accounts/_link_code.html", context)
    browser = cookies.browser_of(request)
    if browser and await scans.is_waiting(session, browser, ScanPurpose.LINK):
        return Response(status_code=204)
    context = {"state": "expired", "link_form": Form[LinkForm]()}
    return fragment(request, "accounts/_link_code.html", context)


@router.post("/wechat/accept")
async def accept_link(request: Request, actor: AnyStaffActor, session: Session) -> Response:
    try:
        await links.accept(session, actor, cookies.browser_of(request))
    except scans.ScanUnknown:
        return redirect(request, HOME, say="这个码已经过期，没有关联。请重新取码。")
    return redirect(request, HOME, say="已关联您的微信。")


@router.post("/wechat/refuse")
async def refuse_link(request: Request, actor: AnyStaffActor, session: Session) -> Response:
    await links.refuse(session, actor, cookies.browser_of(request))
    return redirect(request, HOME, say="没有关联。那部手机不能登录您的账号。")


@router.post("/wechat/unlink")
async def unlink_wechat(request: Request, actor: AnyStaffActor, session: Session) -> Response:
    await links.unlink(session, actor)
    return redirect(request, HOME, say="已取消与微信的关联。")
