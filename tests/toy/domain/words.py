"""What the toy looks like to people, to the audit, to alerts and flags."""

from app.accounts.access import CLINICAL
from app.core.feature import AlertKind, AuditAction, FamilyScope, FlagKind, NoticeKind
from app.core.severity import Severity
from app.core.words import Mark, Words

WORDS = Words(marks={"toy_state": {"enough": Mark("check", "喝够了", "ok")}})
READ_CUPS = AuditAction("toy_read_cups", "查看喝水记录", shown=True)
DRY = AlertKind("toy_dry", Mark("alert", "没有喝水", "warn"), Severity.WARNING)
THIRSTY = FlagKind("toy_thirsty", Mark("alert", "只喝了 {count} 杯", "warn"), CLINICAL)
DRINK = NoticeKind("toy_drink", "该喝水了")
ENTER = FamilyScope("toy_enter", "替他记喝水")
