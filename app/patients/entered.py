"""Who entered a row from a phone: columns for every table that a patient's phone writes to."""

from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.patients.models import Relation


class EnteredByPhone:
    """The account that held the phone, and as whom it acted on the record.

    Both are null in rows that staff wrote, and in rows older than these columns whose patient was
    no longer bound. Accounts are never deleted, so the reference needs no index.
    """

    by_account_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("wechat_account.id", ondelete="RESTRICT")
    )
    relation: Mapped[Relation | None]
