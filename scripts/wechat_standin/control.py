"""What the phone and the tests do to the stand-in: tap a button, break something, look inside."""

from typing import Annotated

from fastapi import Depends, FastAPI, Request, Response
from fastapi.middleware.cors import CORSMiddleware
from pydantic import BaseModel, ConfigDict, Field

from scripts.wechat_standin.faults import Fault, Quota
from scripts.wechat_standin.login import mint_login_code
from scripts.wechat_standin.phone import mint_phone_code
from scripts.wechat_standin.push_events import PushOrder
from scripts.wechat_standin.pushes import (
    Delivery,
    NoPushTargetError,
    check_address,
    push,
)
from scripts.wechat_standin.server import Standin
from scripts.wechat_standin.state import openid_of

LOOPBACK_ORIGIN = r"https?://(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?"


class LoginTap(BaseModel):
    """wx.login on the phone of `user`; `rotate` makes WeChat change the session_key with it."""

    model_config = ConfigDict(extra="forbid")

    user: str = Field(min_length=1, max_length=64)
    rotate: bool = False


class PhoneTap(BaseModel):
    """A tap on the phone number button."""

    model_config = ConfigDict(extra="forbid")

    user: str = Field(min_length=1, max_length=64)
    phone: str = Field(pattern=r"^(\+\d{1,3}-)?\d{5,15}$")


def create_control(standin: Standin) -> FastAPI:
    control = FastAPI(title="WeChat stand-in: control", docs_url=None, redoc_url=None)
    control.state.standin = standin
    control.add_middleware(
        CORSMiddleware,
        allow_origin_regex=LOOPBACK_ORIGIN,
        allow_methods=["GET", "POST", "DELETE"],
        allow_headers=["content-type"],
    )
    control.post("/login-code")(login_code)
    control.post("/phone-code")(phone_code)
    control.get("/openid/{user}")(openid)
    control.post("/faults", status_code=201)(add_fault)
    control.delete("/faults", status_code=204)(clear_faults)
    control.post("/quotas", status_code=201)(set_quota)
    control.get("/calls")(calls)
    control.post("/push")(send_push)
    control.post("/push/check")(check_push_address)
    control.add_exception_handler(NoPushTargetError, _without_push_target)
    return control


def _standin(request: Request) -> Standin:
    standin: Standin = request.app.state.standin
    return standin


Here = Annotated[Standin, Depends(_standin)]


async def login_code(tap: LoginTap, standin: Here) -> dict[str, str]:
    return {"code": mint_login_code(standin, tap.user, tap.rotate)}


async def phone_code(tap: PhoneTap, standin: Here) -> dict[str, str]:
    return {"code": mint_phone_code(standin, tap.user, tap.phone)}


async def openid(user: str) -> dict[str, str]:
    return {"openid": openid_of(user)}


async def add_fault(fault: Fault, standin: Here) -> Fault:
    standin.faults.append(fault)
    return fault


async def clear_faults(standin: Here) -> None:
    standin.faults.clear()


async def set_quota(quota: Quota, standin: Here) -> Quota:
    standin.set_quota(quota)
    return quota


async def calls(standin: Here) -> dict[str, int]:
    return dict(standin.calls)


async def send_push(order: PushOrder, standin: Here) -> list[Delivery]:
    return await push(standin, order)


async def check_push_address(standin: Here) -> dict[str, bool]:
    return {"answered": await check_address(standin)}


async def _without_push_target(_: Request, __: Exception) -> Response:
    return Response("the stand-in was started without --push-url", 409)
