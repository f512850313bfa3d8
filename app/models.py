"""Imports every domain's models, so that metadata is whole for Alembic."""

from app.accounts import models as accounts
from app.alerts import models as alerts
from app.core import idempotency, limits, stream, wechat
from app.core.db import Base
from app.institutions import models as institutions
from app.media import models as media
from app.medication import models as medication
from app.notifications import models as notifications
from app.patients import models as patients

__all__ = [
    "Base",
    "accounts",
    "alerts",
    "idempotency",
    "institutions",
    "limits",
    "media",
    "medication",
    "notifications",
    "patients",
    "stream",
    "wechat",
]
