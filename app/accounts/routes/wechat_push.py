"""The address that WeChat calls: it checks that it is ours, and pushes messages and events."""

import logging
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import PlainTextResponse

from app.accounts.limits import WECHAT_PUSHES, by_address
from app.accounts.service.pushes import store_push
from app.core.access import PUBLIC
from app.core.db import Session
from app.core.problems import BadRequest, NotAllowed, NotFound
from app.core.state import AppSettings
from app.core.wechat import (
    PushForged,
    PushKeys,
    PushQuery,
    PushUnreadable,
    check_address,
    open_push,
)

log = logging.getLogger("app.wechat")
# Not in the document of the API: only WeChat calls it, and no phone of ours.
router = APIRouter(
    prefix="/wechat/push", include_in_schema=False, dependencies=[PUBLIC, by_address(WECHAT_PUSHES)]
)
# What WeChat takes for "received"; anything else, or nothing within 5 s, and it tries again.
RECEIVED = "success"


async def push_keys(settings: AppSettings) -> PushKeys:
    """Take encrypted pushes only in production: a plain one may have been changed on its way."""
    if settings.wechat_push_token is None:
        raise NotFound
    return PushKeys(
        appid=settings.wechat_appid,
        token=settings.wechat_push_token,
        aes_key=settings.wechat_push_aes_key,
        plain=not settings.in_production,
    )


async def push_query(request: Request) -> PushQuery:
    query = request.query_params
    return PushQuery(**{name: query.get(name, "") for name in PushQuery.__dataclass_fields__})


async def push_body(request: Request) -> bytes:
    return await request.body()


Keys = Annotated[PushKeys, Depends(push_keys)]
Query = Annotated[PushQuery, Depends(push_query)]
Body = Annotated[bytes, Depends(push_body)]


@router.get("")
async def answer_address_check(keys: Keys, query: Query) -> PlainTextResponse:
    try:
        return PlainTextResponse(check_address(keys, query))
    except PushForged as forged:
        raise _refused(forged) from forged


@router.post("")
async def receive_push(keys: Keys, query: Query, body: Body, session: Session) -> PlainTextResponse:
    """Store and answer; whatever follows from it is a job."""
    try:
        push = open_push(keys, query, body)
    except PushForged as forged:
        raise _refused(forged) from forged
    except PushUnreadable as unreadable:
        log.warning("push unreadable: %s", unreadable)
        raise BadRequest from unreadable
    await store_push(session, push)
    return PlainTextResponse(RECEIVED)


def _refused(forged: PushForged) -> NotAllowed:
    log.warning("push refused: %s", forged)
    return NotAllowed()
