"""What happens to a patient's doses, as plain data.

The model applies events; an adapter plays the same ones through the product. All labels are small
ints; all instants are aware and in UTC; all days are dose days.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from tests.simulation.model_words import AlertKind, DoseKey, Plan, Seen, Verdict


@dataclass(frozen=True)
class StartTreatment:
    """A doctor starts a treatment. `severe_list`: the symptom list of its condition."""

    patient: int
    treatment: int
    condition: str
    severe_list: frozenset[str]
    plan: Plan
    by: int
    filmed: bool = True
    count_passed: bool = False
    confirm_same: bool = False
    confirm_far: bool = False


@dataclass(frozen=True)
class EditPlan:
    """A doctor replaces the plan from a day on."""

    treatment: int
    from_day: date
    plan: Plan
    by: int
    confirm_gap: bool = False


@dataclass(frozen=True)
class Hold:
    """A doctor holds one treatment, or all running ones of the patient, on [first, last]."""

    hold: int
    patient: int
    treatment: int | None
    first: date
    last: date
    by: int


@dataclass(frozen=True)
class EndHold:
    """A doctor ends a hold from today on, in all treatments it holds."""

    hold: int
    by: int


@dataclass(frozen=True)
class MoveDose:
    """A doctor moves a dose to another day."""

    dose: DoseKey
    to: date
    by: int


@dataclass(frozen=True)
class Stop:
    """A doctor stops a treatment after `last_day`."""

    treatment: int
    last_day: date
    outcome: str
    by: int


@dataclass(frozen=True)
class CorrectStop:
    """The stop was on another day."""

    treatment: int
    last_day: date
    by: int
    supervisor: bool = False


@dataclass(frozen=True)
class TakeBackStop:
    """As if it had not been stopped."""

    treatment: int
    by: int
    supervisor: bool = False


@dataclass(frozen=True)
class AnnounceFilm:
    """A phone announces a film; the bytes are not there. The same label again changes nothing.

    `captured_at` is what the phone's clock says, which runs `phone_ahead` of the true time.
    """

    film: int
    dose: DoseKey
    captured_at: datetime
    phone: int
    phone_ahead: timedelta = timedelta(0)


@dataclass(frozen=True)
class FilmArrives:
    """The bytes of an announced film are in the storage: processing begins."""

    film: int


@dataclass(frozen=True)
class FilmProcessed:
    """The film waits for a reading."""

    film: int


@dataclass(frozen=True)
class GiveUpUpload:
    """The bytes never came, and nobody waits for them any more."""

    film: int


@dataclass(frozen=True)
class JudgeFilm:
    """A person reads the film."""

    film: int
    verdict: Verdict
    by: int


@dataclass(frozen=True)
class WithdrawVerdict:
    """The newest verdict of a film was wrong: it waits for a reading again."""

    film: int
    by: int
    supervisor: bool = False


@dataclass(frozen=True)
class SayWord:
    """The patient's word on a dose; said when it arrives."""

    dose: DoseKey
    taken: bool


@dataclass(frozen=True)
class StaffSaw:
    """Staff saw the dose taken."""

    entry: int
    dose: DoseKey
    how: Seen
    by: int


@dataclass(frozen=True)
class CorrectStaffSaw:
    """A wrong staff entry is struck through."""

    entry: int
    by: int
    supervisor: bool = False


@dataclass(frozen=True)
class AnswerSideEffects:
    """The patient answers before a dose; `severe` holds the severe symptoms reported, if any.

    `answer` is the label of the holds it makes, too: one number space with `Hold.hold`.
    """

    answer: int
    dose: DoseKey
    severe: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class DecideSevere:
    """A clinician decides on every treatment that waits: clear (None), or hold until a day."""

    patient: int
    until: tuple[tuple[int, date | None], ...]
    by: int


@dataclass(frozen=True)
class CloseAlert:
    """Staff close the open alert of this kind ("handled")."""

    treatment: int
    kind: AlertKind
    by: int


PlanEvent = (
    StartTreatment | EditPlan | Hold | EndHold | MoveDose | Stop | CorrectStop | TakeBackStop
)
FilmEvent = AnnounceFilm | FilmArrives | FilmProcessed | GiveUpUpload | JudgeFilm | WithdrawVerdict
SaidEvent = SayWord | StaffSaw | CorrectStaffSaw | AnswerSideEffects
Event = PlanEvent | FilmEvent | SaidEvent | DecideSevere | CloseAlert
