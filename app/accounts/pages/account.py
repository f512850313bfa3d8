"""One's own account: where one is logged in, the password, the linked WeChat."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from app.accounts import cookies, queries
from app.accounts.access import AnyStaffActor
from app.accounts.loaders import OwnStaffAccount, OwnStaffSession
from app.accounts.models import ScanPurpose
from app.accounts.schemas import PasswordForm
from app.accounts.service import logins, passwords, scans, sessions
from app.accounts.wechat import WeChatClient, draw_code
from app.core.db import Session, Sessions, end_transaction
from app.core.forms import Form, form_of
from app.core.pages import fragment, redirect, render

router = APIRouter(prefix="/staff/account", include_in_schema=False)
HOME = "/staff/account"
NewPassword = Annotated[Form[PasswordForm], Depends(form_of(PasswordForm))]


async def _page(
    request: Request,
    session: Session,
    actor: AnyStaffActor,
    account: OwnStaffAccount,
    form: Form[PasswordForm],
) -> Response:
    context = {
        "account": account,
        "sessions": await queries.open_sessions_of(session, actor.account_id),
        "current_id": actor.session_id,
        "form": form,
    }
    return render(request, "accounts/account.html", context, 422 if form.errors else 200)


@router.get("")
async def show_account(
    request: Request, actor: AnyStaffActor, account: OwnStaffAccount, session: Session
) -> Response:
    return await _page(request, session, actor, account, Form())


@router.post("/password")
async def change_password(
    request: Request,
    actor: AnyStaffActor,
    account: OwnStaffAccount,
    form: NewPassword,
    session: Session,
) -> Response:
    """Whoever knew the old password is logged out everywhere else."""
    await _check(account, form)
    if form.data is None:
        return await _page(request, session, actor, account, form)
    await sessions.end_all_sessions(session, actor.account_id, but=actor.session_id)
    return redirect(request, HOME, say="密码已修改，其他设备已退出登录。")


async def _check(account: OwnStaffAccount, form: Form[PasswordForm]) -> None:
    if form.data is None:
        return
    if form.data.password != form.data.repeated:
        form.refuse("repeated", "两次输入的新密码不一样。")
    elif not await passwords.verify_password(account.password_hash, form.data.present):
        form.refuse("present", "现在的密码不对。")
    else:
        await _set(account, form, form.data.password)


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
    session: Session,
    more: Sessions,
    wechat: WeChatClient,
) -> Response:
    await end_transaction(session)
    code, browser = scans.make_code(), cookies.browser_of(request)
    image = await draw_code(wechat, scans.scene_of(code), scans.PAGE)
    async with more.begin() as second:
        await scans.show(second, ScanPurpose.LINK, code, browser, actor.account_id)
    context = {"state": "waiting", "code": code, "image": image}
    response = fragment(request, "accounts/_link_code.html", context)
    cookies.remember_browser(request, response, browser)
    return response


@router.get("/wechat")
async def watch_link_code(request: Request, account: OwnStaffAccount, session: Session) -> Response:
    """Answer the page's polling until the phone has said yes or the code has run out."""
    if account.wechat_account_id is not None:
        return fragment(request, "accounts/_link_code.html", {"state": "linked"})
    if await scans.is_waiting(session, cookies.browser_of(request), ScanPurpose.LINK):
        return Response(status_code=204)
    return fragment(request, "accounts/_link_code.html", {"state": "expired"})


@router.post("/wechat/unlink")
async def unlink_wechat(request: Request, actor: AnyStaffActor, session: Session) -> Response:
    await scans.unlink(session, actor.account_id)
    return redirect(request, HOME, say="已取消与微信的关联。")
