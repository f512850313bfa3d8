"""Log in on a PC: password and one-time code, or a code that the doctor's own phone scans."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from app.accounts import cookies
from app.accounts.access import AnyStaffActor
from app.accounts.models import ScanPurpose, StaffAccount
from app.accounts.schemas import FirstPasswordForm, LoginForm
from app.accounts.service import attempts, logins, scans, sessions
from app.accounts.wechat import WeChatClient, draw_code
from app.core.access import PUBLIC
from app.core.db import Session
from app.core.forms import Form, form_of
from app.core.pages import LOGIN, fragment, local_path, redirect, render
from app.core.problems import NotAllowed, Problem, TooManyAttempts
from app.core.state import AppSettings, settings_of

router = APIRouter(prefix="/staff", include_in_schema=False)
Login = Annotated[Form[LoginForm], Depends(form_of(LoginForm))]
FirstPassword = Annotated[Form[FirstPasswordForm], Depends(form_of(FirstPasswordForm))]


def address_of(request: Request) -> str:
    return attempts.network_of(request.client.host if request.client else "")


@router.get("/login", dependencies=[PUBLIC])
async def show_login(request: Request) -> Response:
    form = Form[LoginForm](values={"next": local_path(request.query_params.get("next"))})
    response = render(request, "accounts/login.html", {"form": form})
    cookies.remember_browser(request, response, cookies.browser_of(request))
    return response


@router.post("/login", dependencies=[PUBLIC])
async def log_in(request: Request, form: Login, session: Session) -> Response:
    _refuse_other_sites(request)
    if form.data is None:
        return render(request, "accounts/login.html", {"form": form}, 422)
    credentials = logins.Credentials(form.data.username, form.data.password, form.data.code)
    try:
        account = await logins.log_in(session, credentials, address_of(request))
    except (logins.LoginRefused, TooManyAttempts) as problem:
        form.refuse("", sentence_of(problem))
        return render(request, "accounts/login.html", {"form": form}, problem.status)
    if account.must_change_password:
        return _ask_new_password(request, account, form.data.next)
    return await open_for(request, session, account, form.data.next)


def _refuse_other_sites(request: Request) -> None:
    """Stop forged logins: without a cookie the same-origin guard has nothing to go by."""
    origin = request.headers.get("origin")
    if origin is not None and origin != settings_of(request).origin:
        raise NotAllowed


def sentence_of(problem: Problem) -> str:
    wait_s = problem.facts.get("retry_after_s")
    return f"尝试次数太多，请 {wait_s} 秒后再试。" if wait_s else problem.title


def _ask_new_password(request: Request, account: StaffAccount, then: str) -> Response:
    ticket = logins.first_password_ticket(settings_of(request), account.id)
    form = Form[FirstPasswordForm](values={"ticket": ticket, "next": then})
    return render(request, "accounts/first_password.html", {"form": form})


@router.post("/login/first-password", dependencies=[PUBLIC])
async def set_first_password(
    request: Request, form: FirstPassword, settings: AppSettings, session: Session
) -> Response:
    _refuse_other_sites(request)
    if form.data and form.data.password != form.data.repeated:
        form.refuse("repeated", "两次输入的新密码不一样。")
    if form.data is None:
        return render(request, "accounts/first_password.html", {"form": form}, 422)
    try:
        account = await logins.set_first_password(
            session, settings, form.data.ticket, form.data.password
        )
    except (logins.PasswordTooShort, logins.PasswordUnchanged) as problem:
        form.refuse("password", problem.title)
        return render(request, "accounts/first_password.html", {"form": form}, 422)
    return await open_for(request, session, account, form.data.next)


async def open_for(
    request: Request, session: Session, account: StaffAccount, then: str
) -> Response:
    device = sessions.device_name(request.headers.get("user-agent", ""))
    hours = settings_of(request).staff_session_hours
    token = await sessions.open_session(session, account.id, device, hours)
    response = redirect(request, local_path(then))
    cookies.set_session(request, response, token)
    return response


@router.post("/login/code", dependencies=[PUBLIC])
async def show_login_code(request: Request, session: Session, wechat: WeChatClient) -> Response:
    _refuse_other_sites(request)
    code, browser = scans.make_code(), cookies.browser_of(request)
    image = await draw_code(wechat, scans.scene_of(code), scans.PAGE)
    await scans.show(session, ScanPurpose.LOGIN, code, browser)
    context = {"state": "waiting", "code": code, "image": image}
    response = fragment(request, "accounts/_login_code.html", context)
    cookies.remember_browser(request, response, browser)
    return response


@router.post("/login/code/claim", dependencies=[PUBLIC])
async def claim_login(request: Request, session: Session) -> Response:
    """Answer the page's polling: nothing yet, run out, or in."""
    browser = cookies.browser_of(request)
    account = await scans.claim_login(session, browser, address_of(request))
    if account is not None:
        then = str((await request.form()).get("next", ""))
        return await open_for(request, session, account, then)
    if await scans.is_waiting(session, browser, ScanPurpose.LOGIN):
        return Response(status_code=204)
    return fragment(request, "accounts/_login_code.html", {"state": "expired"})


@router.post("/logout")
async def log_out(request: Request, actor: AnyStaffActor, session: Session) -> Response:
    await sessions.end_session(session, actor.account_id, actor.session_id)
    response = redirect(request, LOGIN, say="您已退出登录。")
    cookies.clear_session(request, response)
    return response
