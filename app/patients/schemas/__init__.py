"""What comes in and goes out about patients."""

import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from app.accounts.schemas import ConsentAccepted, ConsentRead
from app.core import clock
from app.core.filters import CLINIC_ZONE
from app.core.forms import Key
from app.core.normal_forms import clean_name
from app.core.schemas import Note, Phone
from app.patients import id_number
from app.patients.models import (
    BirthPrecision,
    Condition,
    ContactKind,
    DocumentKind,
    GuardianRelation,
    RecordEnd,
    Relation,
    Sex,
)

_DATE = re.compile(
    r"^([0-9]{4})(?:([0-9]{2})([0-9]{2})|[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?)$"
)
_YEAR = re.compile(r"^约? *([0-9]{4}) *年?$")
FIRST_BIRTH = date(1900, 1, 1)
# As many records as are shown beside a form.
MOST_TWINS = 10
Name = Annotated[str, Field(min_length=1, max_length=40), AfterValidator(clean_name)]


def _written_date(typed: object) -> object:
    """Take a date as people write it: 19580302, 1958-3-2, 1958.3.2 or 1958年3月2日."""
    match = _DATE.match(unicodedata.normalize("NFKC", str(typed)))
    return "-".join(f"{part:0>2}" for part in match.groups() if part) if match else typed


def _birth(on: date) -> date:
    today = clock.today_in(CLINIC_ZONE)
    if not FIRST_BIRTH <= on <= today:
        raise ValueError("出生日期不对，请核对。")
    return on


def _year(typed: object) -> str | None:
    """Take a birth of which only the year is known: 1951, 1951年, 约1951年."""
    match = _YEAR.match(unicodedata.normalize("NFKC", str(typed)).strip())
    return match[1] if match else None


class PatientOfPage(NamedTuple):
    """What a page of a record shows of it; who changes the record reads the Patient."""

    id: UUID
    team_id: UUID
    wechat_account_id: UUID | None
    name: str
    phone: str
    sex: Sex
    birth_on: date
    birth_precision: BirthPrecision
    weight_kg: Decimal | None
    conditions: list[str]
    zone: str
    closed_at: datetime | None
    closed_why: RecordEnd | None
    merged_into_id: UUID | None


class PatientForm(BaseModel):
    """Both to create and to change: a page's form always sends the whole record.

    A guardian is given whole or not at all; who needs one is for the service to say. `version` is
    that of a form that changes. `birth_precision` follows from what is
    typed as the birth. `twin_ids` are the records that were shown as maybe the same person's;
    `make_anyway` says that they are others'.
    """

    name: Name
    phone: Phone
    sex: Sex
    birth_on: Annotated[date, BeforeValidator(_written_date), AfterValidator(_birth)]
    birth_precision: BirthPrecision = BirthPrecision.DAY
    document_kind: DocumentKind = DocumentKind.RESIDENT_ID
    id_number: Annotated[str, Field(max_length=40)] | None = None
    weight_kg: Decimal | None = Field(None, ge=2, le=300, decimal_places=1)
    conditions: list[Condition] = Field(min_length=1)
    team_id: UUID
    guardian_name: Name | None = None
    guardian_phone: Phone | None = None
    guardian_relation: GuardianRelation | None = None
    version: int | None = None
    twin_ids: list[UUID] = Field([], max_length=MOST_TWINS)
    make_anyway: bool = False

    @model_validator(mode="before")
    @classmethod
    def _birth_as_far_as_known(cls, sent: dict[str, Any]) -> dict[str, Any]:
        year = _year(sent.get("birth_on"))
        if year is None:
            return sent | {"birth_precision": BirthPrecision.DAY}
        return sent | {"birth_on": f"{year}-01-01", "birth_precision": BirthPrecision.YEAR}

    @field_validator("id_number")
    @classmethod
    def _number_of_its_kind(cls, typed: str | None, info: ValidationInfo) -> str | None:
        """Leave it where the kind is none: that is told already."""
        kind = info.data.get("document_kind")
        return typed if typed is None or kind is None else id_number.check_number(typed, kind)

    @field_validator("conditions")
    @classmethod
    def _each_once(cls, conditions: list[Condition]) -> list[Condition]:
        return [c for c in Condition if c in conditions]


class Bound(BaseModel):
    """What is kept for a repeated request: which record, and nothing of what it says."""

    patient_id: UUID


class NewPatientForm(PatientForm):
    key: Key


class ContactForm(BaseModel):
    """`key` is the form's own: the same one again writes nothing."""

    kind: ContactKind
    note: Note | None = None
    key: Key


class MergeForm(BaseModel):
    """Both records in the versions that were shown side by side."""

    into_id: UUID
    version: int
    into_version: int


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class WechatLogin(_In):
    code: str = Field(min_length=1, max_length=128)


class SessionRead(BaseModel):
    """`ended`: the team has closed the record that this phone acts for; see `/api/me/ending`."""

    access_token: str
    expires_in_s: int
    bound: bool
    ended: bool
    staff: bool


class BindingLookup(_In):
    code: str = Field(min_length=1, max_length=40)


class BindingRead(BaseModel):
    name_masked: str
    sex: Sex
    birth_year: int
    institution_name: str
    team_name: str
    relation: Relation
    expires_at: AwareDatetime


class BindingCreate(_In):
    code: str = Field(min_length=1, max_length=40)
    accepted: list[ConsentAccepted] = Field(max_length=10)


class DoctorRead(BaseModel):
    name: str
    title: str


class MeRead(BaseModel):
    """`relation` says who holds the phone, `relation_word` in Chinese what they are to the patient.

    `opening_hours` are lines to show as they are; `on_call_phone` answers at any hour.

    Of a birth with `birth_precision` "year" the month and the day of `birth_on` are not known.

    `own_binding_due`: the patient has turned 14 and should bind their own phone.
    """

    patient_id: UUID
    relation: Relation
    relation_word: str
    own_binding_due: bool
    name: str
    phone_masked: str
    sex: Sex
    birth_on: date
    birth_precision: BirthPrecision
    conditions: list[Condition]
    team_name: str
    team_phone: str | None
    institution_name: str
    institution_phone: str | None
    institution_address: str | None
    opening_hours: list[str]
    on_call_phone: str | None
    doctors: list[DoctorRead]
    video_retention_days: int


class ViewRead(BaseModel):
    """Who looked, when, and in words at what; `about` names the very thing, when it is known."""

    viewed_at: AwareDatetime
    viewer_name: str
    viewer_title: str
    what: str
    about: str | None


class GuardianExport(BaseModel):
    name: str
    phone: str
    relation: GuardianRelation


class RecordExport(BaseModel):
    name: str
    phone: str
    id_number: str | None
    document_kind: DocumentKind
    sex: Sex
    birth_on: date
    birth_precision: BirthPrecision
    weight_kg: str | None
    conditions: list[Condition]
    team_name: str
    institution_name: str
    guardian: GuardianExport | None
    created_at: AwareDatetime


class ExportHead(BaseModel):
    """What an export begins with; the lists follow page by page."""

    exported_at: AwareDatetime
    record: RecordExport
    consents: list[ConsentRead]


class ExportRead(ExportHead):
    """`parts` holds what each feature keeps of the patient, by the feature's name."""

    views: list[ViewRead]
    parts: dict[str, Any]


class AccountClose(_In):
    confirm: Literal[True]
