"""One error shape, RFC 9457: what a service raises and how HTTP tells it."""

from collections.abc import Sequence
from typing import Any, ClassVar

import psycopg
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from starlette.exceptions import HTTPException as StarletteHTTPException
from typing_extensions import override

MEDIA_TYPE = "application/problem+json"


# What OpenAPI says of every refusal; FastAPI's own word for 422 is not what we answer.
_DOCUMENT = {
    "description": "Problem (RFC 9457)",
    "content": {
        MEDIA_TYPE: {
            "schema": {
                "type": "object",
                "required": ["type", "title", "status"],
                "properties": {
                    "type": {"type": "string"},
                    "title": {"type": "string"},
                    "status": {"type": "integer"},
                    "errors": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["pointer", "message"],
                            "properties": {
                                "pointer": {"type": "string"},
                                "message": {"type": "string"},
                            },
                        },
                    },
                },
            }
        }
    },
}
DOCUMENTED: dict[int | str, dict[str, Any]] = {"4XX": _DOCUMENT, "5XX": _DOCUMENT}

BY_CONSTRAINT: "dict[str, type[Problem]]" = {}


class Problem(Exception):  # noqa: N818 a problem is the field's word
    """A refusal with a stable slug; `title` is Chinese and says what to do."""

    type: ClassVar[str] = "about:blank"
    title: ClassVar[str] = "出了一点问题，请稍后再试。"
    status: ClassVar[int] = 500
    constraint: ClassVar[str | None] = None
    field: ClassVar[str] = ""  # of a form, where one field is at fault

    def __init__(self, **facts: Any) -> None:
        super().__init__(self.type)
        self.facts = facts

    @override
    def __init_subclass__(cls) -> None:
        if cls.constraint:
            BY_CONSTRAINT[cls.constraint] = cls

    def body(self) -> dict[str, Any]:
        return {"type": self.type, "title": self.title, "status": self.status, **self.facts}


class Moved(Problem):
    """Where the thing is now: a page goes there, an API tells `address`."""

    type, title, status = "moved", "内容已经移到别处，请刷新。", 409

    def __init__(self, *, address: str) -> None:
        super().__init__(address=address)
        self.address = address


class NotFound(Problem):
    type, title, status = "not-found", "没有找到这项内容，可能已被删除。", 404


class NotLoggedIn(Problem):
    type, title, status = "not-logged-in", "登录已过期，请重新登录。", 401


class OtherPerson(Problem):
    """A page that one person has opened asks while another is logged in."""

    type, status = "other-person", 409
    title = "现在登录的是另一位。请他先退出，您再登录，这一页上填的才能保存。"


class NotAllowed(Problem):
    type, title, status = "not-allowed", "您的账号没有这项权限。", 403


class Invalid(Problem):
    type, title, status = "invalid", "填写的内容有误，请检查后再提交。", 422


class FieldRefused(Invalid):
    """A fault that belongs to one field of the form; `field` names it."""

    field: ClassVar[str] = ""

    @override
    def body(self) -> dict[str, Any]:
        return super().body() | {"field": self.field}


class MethodNotAllowed(Problem):
    type, title, status = "method-not-allowed", "不支持这种请求方式。", 405


class BadRequest(Problem):
    type, title, status = "bad-request", "请求的格式不对，请刷新后再试。", 400


class Conflict(Problem):
    type, title, status = "conflict", "内容刚刚被别人改动，请刷新后再试。", 409


class TooManyAttempts(Problem):
    type, title, status = "too-many-attempts", "尝试次数太多，请过一会儿再试。", 429


class InternalError(Problem):
    type, title, status = "internal-error", "系统出了一点问题，请稍后再试。", 500


class Unavailable(Problem):
    type, title, status = "unavailable", "系统正忙，请稍等一分钟再试。", 503


_PLAIN: dict[int, type[Problem]] = {
    400: BadRequest,
    401: NotLoggedIn,
    403: NotAllowed,
    404: NotFound,
    405: MethodNotAllowed,
}


_BY_KIND: dict[type[Exception], type[Problem]] = {
    DataError: BadRequest,  # what no column can hold, a NUL character above all
    TimeoutError: Unavailable,
    NoConnection: Unavailable,  # the pool is empty
    OperationalError: Unavailable,  # the database is away, or two waited for each other
    psycopg.OperationalError: Unavailable,  # as the driver says it, where the pool asks it
}


def pointers(errors: Sequence[Any]) -> list[dict[str, str]]:
    """Where each fault is; never the value that was sent (it may be personal)."""
    return [
        {"pointer": "/" + "/".join(str(p) for p in e["loc"]), "message": e["msg"]} for e in errors
    ]


def of_integrity_error(error: IntegrityError) -> Problem:
    diagnosis = getattr(error.orig, "diag", None)
    name = getattr(diagnosis, "constraint_name", None) or ""
    return BY_CONSTRAINT.get(name, Conflict)()


def as_problem(error: Exception) -> Problem:
    match error:
        case Problem():
            return error
        case RequestValidationError():
            return Invalid(errors=pointers(error.errors()))
        case StarletteHTTPException():
            return _PLAIN.get(error.status_code, BadRequest)()
        case IntegrityError():
            return of_integrity_error(error)
        case _:
            found = (problem for kind, problem in _BY_KIND.items() if isinstance(error, kind))
            return next(found, InternalError)()


def _headers(error: Exception) -> dict[str, str] | None:
    if isinstance(error, StarletteHTTPException) and error.headers:
        return dict(error.headers)
    return None


async def render_json(_: Request, error: Exception) -> Response:
    problem = as_problem(error)
    return JSONResponse(
        problem.body(), problem.status, media_type=MEDIA_TYPE, headers=_headers(error)
    )


HANDLED: tuple[type[Exception], ...] = (
    Problem,
    RequestValidationError,
    StarletteHTTPException,
    IntegrityError,
    DataError,
)


def install(app: FastAPI, render: Any = render_json) -> None:
    """`render` may choose between JSON and a page; both tell the same Problem."""
    for kind in (*HANDLED, *_BY_KIND, Exception):
        app.add_exception_handler(kind, render)
