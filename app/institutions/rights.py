"""Who may take which clinical decision, by title: the one table."""

from collections.abc import Mapping
from enum import StrEnum

from app.institutions.models import Title


class Right(StrEnum):
    """A decision that not every clinician may take.

    Starting covers every step after which a patient takes more or other drugs than before: a new
    plan, a changed one, the early end of a pause. A pause takes drugs away for a while, and is
    also for those who sit with the patient when something goes wrong.
    """

    START_TREATMENT = "start_treatment"
    STOP_TREATMENT = "stop_treatment"
    HOLD_TREATMENT = "hold_treatment"
    SET_TARGETS = "set_targets"
    CLOSE_SEVERE_ALERT = "close_severe_alert"


_ALL = frozenset(Right)
_HOLD = frozenset({Right.HOLD_TREATMENT})

# A default for the programme to confirm. Prescribing is for registered physicians: 处方管理办法
# (Ministry of Health order 53 of 2007) article 8; nurses report an emergency to the physician
# at once: 护士条例 (State Council order 517) article 17. Village doctors watch the taking of the
# drugs, report adverse reactions and refer: 中国结核病防治工作技术规范 (2020).
RIGHTS: Mapping[Title, frozenset[Right]] = {
    Title.FAMILY_DOCTOR: _ALL,
    Title.TB_SUPERVISOR: _ALL,
    Title.SPECIALIST: _ALL,
    Title.VILLAGE_DOCTOR: _HOLD,
    Title.NURSE: _HOLD,
    Title.PHARMACIST: _HOLD,
    Title.ADMINISTRATOR: frozenset(),
}


def holders_of(right: Right) -> list[Title]:
    return [title for title in Title if right in RIGHTS[title]]
