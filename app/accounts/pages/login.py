"""Log in on a PC: password and one-time code, or a code that the doctor's own phone scans."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from app.accounts import cookies
from app.accounts.access import AnyStaffActor, address_of, staff_cookie
from app.accounts.limits import OPEN_READS, SCAN_CODES, SCAN_POLLS, STAFF_LOGINS, by_address
from app.accounts.models import ScanPurpose
from app.accounts.schemas import FirstPasswordForm, LoginForm
from app.accounts.service import logins, passwords, scans, sessions
from app.accounts.wechat import WeChatClient, draw_code
from app.core.access import PUBLIC
from app.core.crypto import new_token
from app.core.db import Session, Sessions, end_transaction
from app.core.forms import Form, form_of
from app.core.pages import LOGIN, fragment, local_path, redirect, render
from app.core.problems import NotAllowed, Problem, TooManyAttempts
from app.core.state import AppSettings, settings_of

router = APIRouter(prefix="/staff", include_in_schema=False)
Login = Annotated[Form[LoginForm], Depends(form_of(LoginForm))]
FirstPassword = Annotated[Form[FirstPasswordForm], Depends(form_of(FirstPasswordForm))]


def browser_of(request: Request) -> logins.Browser:
    return logins.Browser(
        address=address_of(request),
        device=device_of(request),
        hours=settings_of(request).staff_session_hours,
        request_id=getattr(request.state, "request_id", None),
    )


def device_of(request: Request) -> str:
    return sessions.device_name(request.headers.get("user-agent", ""))


def asking_of(request: Request) -> scans.Asking:
    """Make a new secret for each code: one that the browser brought along may be another's."""
    return scans.Asking(new_token(), device_of(request), address_of(request))


@router.get("/login", dependencies=[PUBLIC, by_address(OPEN_READS)])
async def show_login(request: Request) -> Response:
    form = Form[LoginForm](values={"next": local_path(request.query_params.get("next"))})
    is_in = getattr(request.state, "person", None) is not None
    ran_out = staff_cookie(request) in request.cookies and not is_in
    response = render(request, "accounts/login.html", {"form": form, "ran_out": ran_out})
    if ran_out:
        cookies.clear_session(request, response)
    return response


@router.get("/logged-in")
async def show_logged_in(request: Request, _: AnyStaffActor) -> Response:
    """Send whoever logged in beside a page of theirs back to it (session.js)."""
    return render(request, "accounts/logged_in.html")


@router.get("/session", status_code=204)
async def tell_session(_: AnyStaffActor) -> Response:
    """Say that whoever asks is logged in: a page asks before a form leaves it (session.js)."""
    return Response(status_code=204)


@router.post("/login", dependencies=[PUBLIC, by_address(STAFF_LOGINS)])
async def log_in(request: Request, form: Login, session: Session, sessions: Sessions) -> Response:
    _refuse_other_sites(request)
    if form.data is None:
        return render(request, "accounts/login.html", {"form": form}, 422)
    given = logins.Given(form.data.username, form.data.password, form.data.code)
    await end_transaction(session)  # naming the person may have begun one
    try:
        done = await logins.log_in(sessions, given, browser_of(request))
    except (logins.LoginRefused, TooManyAttempts) as problem:
        form.refuse("", sentence_of(problem))
        return render(request, "accounts/login.html", {"form": form}, problem.status)
    if done.token is None:
        return _ask_new_password(request, done, form.data.next)
    return _let_in(request, done.token, form.data.next)


def _refuse_other_sites(request: Request) -> None:
    """Stop forged logins: without a cookie the same-origin guard has nothing to go by."""
    origin = request.headers.get("origin")
    if origin is not None and origin != settings_of(request).origin:
        raise NotAllowed


def sentence_of(problem: Problem) -> str:
    wait_s = problem.facts.get("retry_after_s")
    return f"尝试次数太多，请 {wait_s} 秒后再试。" if wait_s else problem.title


def _ask_new_password(request: Request, done: logins.LoggedIn, then: str) -> Response:
    ticket = logins.first_password_ticket(settings_of(request), done.account)
    form = Form[FirstPasswordForm](values={"ticket": ticket, "next": then})
    return render(request, "accounts/first_password.html", {"form": form})


@router.post("/login/first-password", dependencies=[PUBLIC, by_address(STAFF_LOGINS)])
async def set_first_password(
    request: Request,
    form: FirstPassword,
    settings: AppSettings,
    session: Session,
    sessions: Sessions,
) -> Response:
    _refuse_other_sites(request)
    if form.data and form.data.password != form.data.repeated:
        form.refuse("repeated", "两次输入的新密码不一样。")
    if form.data is None:
        return render(request, "accounts/first_password.html", {"form": form}, 422)
    await end_transaction(session)
    try:
        done = await logins.set_first_password(
            sessions, settings, form.data.ticket, form.data.password, browser_of(request)
        )
    except REFUSED_PASSWORD as problem:
        form.refuse("password", problem.title)
        return render(request, "accounts/first_password.html", {"form": form}, 422)
    return _let_in(request, done.token, form.data.next)


REFUSED_PASSWORD = (
    passwords.PasswordTooShort,
    passwords.PasswordTooCommon,
    passwords.PasswordUnchanged,
)


def _let_in(request: Request, token: str | None, then: str) -> Response:
    response = redirect(request, local_path(then))
    if token is not None:
        cookies.set_session(request, response, token)
    return response


@router.post("/login/code", dependencies=[PUBLIC, by_address(SCAN_CODES)])
async def show_login_code(
    request: Request, session: Session, sessions: Sessions, wechat: WeChatClient
) -> Response:
    """Draw the code without a transaction open, then note it in one of its own."""
    _refuse_other_sites(request)
    await end_transaction(session)
    code, asking = scans.make_code(), asking_of(request)
    image = await draw_code(wechat, scans.scene_of(code), scans.PAGE)
    async with sessions.begin() as own:
        number = await scans.show(own, ScanPurpose.LOGIN, code, asking)
    context = {"state": "waiting", "code": code, "image": image, "number": number}
    response = fragment(request, "accounts/_login_code.html", context)
    cookies.remember_browser(request, response, asking.secret)
    return response


@router.post("/login/code/claim", dependencies=[PUBLIC, by_address(SCAN_POLLS)])
async def claim_login(request: Request, session: Session) -> Response:
    """Answer the page's polling: nothing yet, run out, or in."""
    then = str((await request.form()).get("next", ""))
    secret = cookies.browser_of(request)
    done = await logins.log_in_by_scan(session, secret, browser_of(request)) if secret else None
    if done is not None:
        return _let_in(request, done.token, then)
    if secret and await scans.is_waiting(session, secret, ScanPurpose.LOGIN):
        return Response(status_code=204)
    return fragment(request, "accounts/_login_code.html", {"state": "expired"})


@router.post("/logout")
async def log_out(request: Request, actor: AnyStaffActor, session: Session) -> Response:
    await sessions.end_session(session, actor.account_id, actor.session_id)
    response = redirect(request, LOGIN, say="您已退出登录。")
    cookies.clear_session(request, response)
    return response
