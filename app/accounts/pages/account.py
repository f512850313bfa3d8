"""One's own account: where one is logged in, the password, the linked WeChat."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from app.accounts import cookies, queries
from app.accounts.access import AnyStaffActor
from app.accounts.loaders import OwnStaffAccount, OwnStaffSession
from app.accounts.models import ScanPurpose
from app.accounts.pages.login import address_of, sentence_of
from app.accounts.schemas import LinkForm, PasswordForm
from app.accounts.service import logins, scans, sessions
from app.accounts.wechat import WeChatClient, draw_code
from app.core.db import Session, Sessions, end_transaction
from app.core.forms import Form, form_of
from app.core.pages import fragment, is_partial, redirect, render
from app.core.problems import TooManyAttempts

router = APIRouter(prefix="/staff/account", include_in_schema=False)
HOME = "/staff/account"
NewPassword = Annotated[Form[PasswordForm], Depends(form_of(PasswordForm))]
Link = Annotated[Form[LinkForm], Depends(form_of(LinkForm))]


async def _context(
    session: Session, actor: AnyStaffActor, account: OwnStaffAccount
) -> dict[str, Any]:
    return {
        "account": account,
        "sessions": await queries.open_sessions_of(session, actor.account_id),
        "current_id": actor.session_id,
        "form": Form[PasswordForm](),
        "link_form": Form[LinkForm](),
        "state": "linked" if account.wechat_account_id else "unlinked",
    }


@router.get("")
async def show_account(
    request: Request, actor: AnyStaffActor, account: OwnStaffAccount, session: Session
) -> Response:
    return render(request, "accounts/account.html", await _context(session, actor, account))


async def _prove(
    request: Request, session: Session, account: OwnStaffAccount, form: Form[Any], name: str
) -> int:
    """Refuse the form unless its field `name` is the present password; return the status."""
    if form.data is None:
        return 422
    try:
        address, password = address_of(request), form.values[name]
        right = await logins.knows_password(session, account, password, address)
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
) -> Response:
    """Whoever knew the old password is logged out everywhere else."""
    if form.data and form.data.password != form.data.repeated:
        form.refuse("repeated", "两次输入的新密码不一样。")
    status = await _prove(request, session, account, form, "present")
    if form.data:
        await _set(account, form, form.data.password)
    if form.data is None:
        context = await _context(session, actor, account) | {"form": form}
        return render(request, "accounts/account.html", context, max(status, 422))
    await sessions.end_all_sessions(session, actor.account_id, but=actor.session_id)
    return redirect(request, HOME, say="密码已修改，其他设备已退出登录。")


async def _set(account: OwnStaffAccount, form: Form[PasswordForm], password: str) -> None:
    try:
        await logins.change_password(account, password)
    except (logins.PasswordTooShort, logins.PasswordUnchanged) as problem:
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


@router.post("/wechat")
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
    status = await _prove(request, session, account, form, "link_password")
    context = await _context(session, actor, account)
    if form.data is None:
        context |= {"state": "unlinked", "link_form": form}
        return render(request, "accounts/link_code.html", context, status)
    await end_transaction(session)
    return await _wait_for_phone(request, sessions, wechat, actor, context)


async def _wait_for_phone(
    request: Request,
    sessions: Sessions,
    wechat: WeChatClient,
    actor: AnyStaffActor,
    context: dict[str, Any],
) -> Response:
    """Draw the code without a transaction open, then note it in one of its own."""
    code, browser = scans.make_code(), cookies.browser_of(request)
    image = await draw_code(wechat, scans.scene_of(code), scans.PAGE)
    async with sessions.begin() as session:
        await scans.show(session, ScanPurpose.LINK, code, browser, actor.account_id)
    context |= {"state": "waiting", "code": code, "image": image}
    response = render(request, "accounts/link_code.html", context)
    cookies.remember_browser(request, response, browser)
    return response


@router.get("/wechat")
async def watch_link_code(request: Request, account: OwnStaffAccount, session: Session) -> Response:
    """Answer the page's polling until the phone has said yes or the code has run out."""
    if not is_partial(request):
        return redirect(request, HOME)
    if account.wechat_account_id is not None:
        return fragment(request, "accounts/_link_code.html", {"state": "linked"})
    if await scans.is_waiting(session, cookies.browser_of(request), ScanPurpose.LINK):
        return Response(status_code=204)
    context = {"state": "expired", "link_form": Form[LinkForm]()}
    return fragment(request, "accounts/_link_code.html", context)


@router.post("/wechat/unlink")
async def unlink_wechat(request: Request, actor: AnyStaffActor, session: Session) -> Response:
    await scans.unlink(session, actor.account_id)
    return redirect(request, HOME, say="已取消与微信的关联。")
