"""What medication marks a patient with while it stands."""

from app.accounts.access import CLINICAL
from app.core.feature import FlagKind
from app.core.words import Mark

# As flags name where they came from.
SOURCE = "medication"

MISSED_IN_ROW = FlagKind("missed_in_row", Mark("alert", "连续漏服 {count} 次", "warn"), CLINICAL)
SEVERE_SIDE_EFFECT = FlagKind(
    "severe_side_effect", Mark("alert", "严重不适，未恢复服药", "danger"), CLINICAL
)
FLAGS = (MISSED_IN_ROW, SEVERE_SIDE_EFFECT)
