"""A doctor's phone and the code on a PC screen."""

from typing import Annotated

from pydantic import AwareDatetime, Field

from app.accounts.models import ScanPurpose
from app.core.schemas import Input, Output

# As scanned or typed: whatever the case, with gaps.
TypedCode = Annotated[str, Field(min_length=1, max_length=40)]
Number = Annotated[str, Field(pattern=r"^[0-9]{2}$")]


class StaffScanLookup(Input):
    code: TypedCode


class StaffScanRead(Output):
    """Who asks, and from where; `numbers` to pick from are given for a log-in only."""

    kind: ScanPurpose
    staff_name: str
    institution_name: str
    device: str
    asked_at: AwareDatetime
    expires_at: AwareDatetime
    same_network: bool
    numbers: list[str]


class StaffScanConfirm(Input):
    """`number` is the one on the PC's screen; a link needs none."""

    code: TypedCode
    number: Number | None = None


class StaffScanConfirmed(Output):
    """`number`, for a link: the PC asks whether this phone shows it."""

    kind: ScanPurpose
    number: str | None
