"""What medication asks staff to look at."""

from app.core.feature import AlertKind
from app.core.severity import Severity
from app.core.words import Mark

SEVERE_SIDE_EFFECT = AlertKind(
    "severe_side_effect", Mark("alert", "严重不良反应", "danger"), Severity.SEVERE
)
TWO_MISSES = AlertKind("two_misses", Mark("alert", "连续漏服两次", "warn"), Severity.WARNING)
SEVEN_MISSES = AlertKind("seven_misses", Mark("alert", "累计漏服七次", "danger"), Severity.WARNING)

ALERT_KINDS = (SEVERE_SIDE_EFFECT, TWO_MISSES, SEVEN_MISSES)
