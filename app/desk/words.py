"""What the desk calls the severity of a line."""

from app.core.severity import Severity
from app.core.words import Mark, Words

WORDS = Words(
    marks={
        "desk_severity": {
            Severity.NOTICE: Mark("clock", "有空时看", "held"),
            Severity.WARNING: Mark("alert", "今天看", "warn"),
            Severity.DANGER: Mark("alert", "尽快看", "danger"),
            Severity.SEVERE: Mark("alert", "马上看", "danger"),
        }
    }
)
