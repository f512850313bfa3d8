"""Keep what WeChat pushed, once, and tell the features that listen."""

import json
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import WechatAccount, WechatPush
from app.core import clock
from app.core.events import publish
from app.core.ids import uuid7
from app.core.wechat import Push

# Its jobs get `push_id`; they read the push by `get_push`.
WECHAT_PUSH = "accounts.wechat_push"


@dataclass(frozen=True)
class StoredPush:
    """What a listener works on; `account_id` is None where the openid is nobody's here."""

    id: UUID
    account_id: UUID | None
    push: Push


async def store_push(session: AsyncSession, push: Push) -> bool:
    """Store and publish in one transaction; False for a delivery of what is already here."""
    account = select(WechatAccount.id).where(WechatAccount.openid == push.openid)
    row = {
        "id": uuid7(),
        "created_at": clock.now(),
        "dedupe_key": push.dedupe_key,
        "msg_type": push.msg_type,
        "event": push.event,
        "wechat_account_id": await session.scalar(account),
        "payload": json.dumps(push.fields, ensure_ascii=False),
    }
    stored = (
        insert(WechatPush)
        .values(row)
        .on_conflict_do_nothing(index_elements=[WechatPush.dedupe_key])
        .returning(WechatPush.id)
    )
    push_id = await session.scalar(stored)
    if push_id is None:
        return False
    await publish(session, WECHAT_PUSH, push_id=push_id)
    return True


async def get_push(session: AsyncSession, push_id: UUID) -> StoredPush | None:
    """Read a push for a job that listens; None when it has been forgotten since."""
    row = await session.get(WechatPush, push_id)
    if row is None:
        return None
    return StoredPush(row.id, row.wechat_account_id, Push(json.loads(row.payload)))
