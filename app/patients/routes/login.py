"""A phone logs in. Here, not in accounts, because the answer says whether it is bound."""

from fastapi import APIRouter

from app.accounts import tokens
from app.accounts.limits import WECHAT_LOGINS, by_address
from app.accounts.queries import is_staff
from app.accounts.service import wechat as accounts
from app.accounts.wechat import WeChatClient
from app.core.access import PUBLIC
from app.core.db import Session
from app.core.state import AppSettings
from app.core.wechat import WeChatTrouble
from app.patients.queries.guardians import acts_for_a_record, acts_for_an_ended_record
from app.patients.schemas import SessionRead, WechatLogin

router = APIRouter(prefix="/api/auth", tags=["login"])


@router.post("/wechat", dependencies=[PUBLIC, by_address(WECHAT_LOGINS)])
async def log_in_by_wechat(
    body: WechatLogin, settings: AppSettings, wechat: WeChatClient, session: Session
) -> SessionRead:
    """Ask WeChat before the first query: no transaction is open meanwhile."""
    try:
        wechat_session = await wechat.code_to_session(body.code)
    except WeChatTrouble as trouble:
        raise accounts.problem_of(trouble) from trouble
    account = await accounts.upsert_account(session, wechat_session)
    bound = await acts_for_a_record(session, account.id)
    return SessionRead(
        access_token=tokens.issue(settings, account.id),
        expires_in_s=settings.token_lifetime_s,
        bound=bound,
        ended=not bound and await acts_for_an_ended_record(session, account.id),
        staff=await is_staff(session, account.id),
    )
