"""What medication asks staff to look at."""

from app.core.feature import AlertKind
from app.core.severity import Severity
from app.core.words import Mark

# As alerts name where they came from.
SOURCE = "medication"

# Where a clinician decides what goes on: behind /staff/patients/{patient_id}.
DECISION = "/severe"

SEVERE_SIDE_EFFECT = AlertKind(
    "severe_side_effect",
    Mark("alert", "严重不良反应", "danger"),
    Severity.SEVERE,
    ends_by=DECISION,
)
MISSES_IN_ROW = AlertKind("misses_in_row", Mark("alert", "连续漏服", "warn"), Severity.WARNING)
MISSES_IN_ALL = AlertKind("misses_in_all", Mark("alert", "累计漏服", "warn"), Severity.WARNING)
REJECTIONS_IN_ROW = AlertKind(
    "rejections_in_row", Mark("alert", "视频连续没通过", "warn"), Severity.WARNING
)

# They end with their treatment.
OF_TREATMENT = (MISSES_IN_ROW, MISSES_IN_ALL, REJECTIONS_IN_ROW)
ALERT_KINDS = (SEVERE_SIDE_EFFECT, *OF_TREATMENT)
