"""What failed inside the Mini Program itself: a line of the log, and nothing of a person."""

import logging
import re
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field

from app.accounts.limits import ALL_CLIENT_ERRORS, CLIENT_ERRORS, by_address, of_everybody
from app.core.access import PUBLIC
from app.core.bodies import body_up_to
from app.core.schemas import Input

log = logging.getLogger("app.client")
router = APIRouter(prefix="/api/client-errors", tags=["client errors"])
LARGEST = 8 * 1024

# The phone leaves these out; a log must not depend on that.
_SECRETS = (
    (re.compile(r"[^\x20-\x7e]+"), "…"),
    (re.compile(r"[?#]\S*"), ""),
    (re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}"), "<id>"),
    (re.compile(r"[0-9]{5,}"), "<number>"),
    (re.compile(r"[A-Za-z0-9_-]{32,}"), "<secret>"),
)
Line = Annotated[str, Field(max_length=200)]


class ClientError(Input):
    """`kind`: thrown while drawing, thrown elsewhere, or a request that this build may not make."""

    kind: Literal["render", "unhandled", "network"]
    message: Annotated[str, Field(max_length=300)]
    stack: Annotated[list[Line], Field(max_length=8)]
    page: Annotated[str, Field(pattern=r"^[a-z/-]{0,80}$")]
    version: Annotated[str, Field(pattern=r"^[0-9A-Za-z.+-]{0,30}$")]
    base_library: Annotated[str, Field(pattern=r"^[0-9A-Za-z.+-]{0,30}$")]


def without_persons(text: str) -> str:
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


@router.post(
    "",
    status_code=204,
    dependencies=[
        PUBLIC,
        by_address(CLIENT_ERRORS),
        of_everybody(ALL_CLIENT_ERRORS),
        body_up_to(LARGEST),
    ],
)
async def report_client_error(body: ClientError) -> None:
    """Take it without a log-in: what fails may be the log-in itself."""
    log.warning(
        "client error",
        extra={
            "kind": body.kind,
            "page": body.page,
            "version": body.version,
            "base_library": body.base_library,
            "said": without_persons(body.message),
            "stack": [without_persons(line) for line in body.stack],
        },
    )
