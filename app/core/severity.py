"""How much something about a patient matters: one ladder for alerts and flags."""

from enum import StrEnum


class Severity(StrEnum):
    """From `notice` (look when there is time) to `severe` (a person may come to harm now)."""

    NOTICE = "notice"
    WARNING = "warning"
    DANGER = "danger"
    SEVERE = "severe"

    @property
    def rank(self) -> int:
        """0 for the mildest; for sorting and for comparing two levels."""
        return list(Severity).index(self)

    @property
    def by_the_clock(self) -> bool:
        """Whether it escalates at any hour, and not only in working time."""
        return self in {Severity.DANGER, Severity.SEVERE}
