"""Plans and templates: what a doctor orders."""

from collections.abc import Sequence
from datetime import date, time, timedelta
from decimal import Decimal
from itertools import combinations, pairwise
from typing import Annotated, Self
from unicodedata import normalize
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from app.core.normal_forms import clean_line
from app.core.schemas import LongLine, MediumLine, NearDay, ShortLine
from app.medication.models import Outcome, Slot
from app.patients.models import Condition

Tablets = Annotated[Decimal, Field(gt=0, le=20, multiple_of=Decimal("0.25"))]
Weekday = Annotated[int, Field(ge=1, le=7)]
LONGEST_PLAN = timedelta(days=3 * 366)
# Bytes of a request that brings 12 phases of 20 drugs with the longest names: in a form each
# character of Chinese takes nine.
LARGEST_PLAN = 640 * 1024


def _of_a_wall_clock(typed: time) -> time:
    if typed.tzinfo is not None:
        raise ValueError("时间不对，请按 时:分 填写。")
    return typed


def _of_a_dose_day(typed: time) -> time:
    """Refuse the hour between two dose days: one ends at 03:00, the next begins at 04:00."""
    if typed.hour == NO_DAY_S_HOUR:
        raise ValueError("三点到四点之间不属于任何一天的服药，请改到三点以前或四点以后。")
    return typed


NO_DAY_S_HOUR = 3
# The hour in the patient's own zone.
ClockTime = Annotated[time, AfterValidator(_of_a_wall_clock), AfterValidator(_of_a_dose_day)]
EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]


class Input(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class WeightBand(Input):
    """Tablets for from_kg <= weight < below_kg; below_kg null is open above."""

    from_kg: Decimal
    below_kg: Decimal | None
    tablets: Tablets


class TemplateDrug(Input):
    """Either a fixed number of tablets or bands by weight."""

    name: str = Field(min_length=1, max_length=60)
    strength: str | None = Field(max_length=60)
    slots: list[Slot] = Field(min_length=1, max_length=len(Slot))
    weekdays: list[Weekday] = Field(min_length=1, max_length=7)
    tablets: Tablets | None = None
    weight_bands: list[WeightBand] = Field(default=[], max_length=20)

    @model_validator(mode="after")
    def _one_way_of_dosing(self) -> Self:
        if (self.tablets is None) == (not self.weight_bands):
            raise ValueError("give tablets or weight_bands, not both")
        return self


class TemplatePhase(Input):
    """Its length in days with a dose, or in weeks."""

    name: str = Field(min_length=1, max_length=40)
    doses: int | None = Field(default=None, ge=1, le=400)
    weeks: int | None = Field(default=None, ge=1, le=520)
    drugs: list[TemplateDrug] = Field(min_length=1, max_length=20)

    @model_validator(mode="after")
    def _one_length(self) -> Self:
        if (self.doses is None) == (self.weeks is None):
            raise ValueError("give doses or weeks, not both")
        return self


class TemplateDefinition(Input):
    phases: list[TemplatePhase] = Field(min_length=1, max_length=12)


class TemplateRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    created_at: AwareDatetime
    created_by: UUID | None
    institution_id: UUID | None
    name: str
    condition: Condition
    definition: TemplateDefinition
    is_active: bool


class TemplateCreate(Input):
    """Its weight bands follow one another: who lies between two would get no dose, or either.

    All its words are lines that can be read: a blank name, or one that only looks like a standard
    regimen's, would stand in every doctor's list.
    """

    name: MediumLine
    condition: Condition
    definition: TemplateDefinition

    @model_validator(mode="after")
    def _bands_follow(self) -> Self:
        for drug in (drug for phase in self.definition.phases for drug in phase.drugs):
            for band, following in pairwise([*drug.weight_bands, None]):
                after = following.from_kg if following else band.below_kg if band else None
                if band and (band.below_kg != after or (after and after <= band.from_kg)):
                    raise ValueError("weight_bands must ascend without gap or overlap")
        return self

    @model_validator(mode="after")
    def _lines_are_read(self) -> Self:
        """Clean them here, not in the definition: those of before are read as they are."""
        for phase in self.definition.phases:
            phase.name = clean_line(phase.name)
            for drug in phase.drugs:
                drug.name = clean_line(drug.name)
                drug.strength = clean_line(drug.strength) if drug.strength else None
            _refuse_twins(phase.drugs)
        return self


class DrugPlan(Input):
    name: MediumLine
    strength: MediumLine | None = None
    tablets: Tablets
    slots: list[Slot] = Field(min_length=1)
    weekdays: list[Weekday] = Field(default=EVERY_DAY, min_length=1)


def spoken(name: str, strength: str | None = None) -> str:
    """As two drugs are compared: however they were typed."""
    return "".join(normalize("NFKC", f"{name}/{strength or ''}").casefold().split())


def _refuse_twins(drugs: Sequence[DrugPlan | TemplateDrug]) -> None:
    """Two lines of one drug would be two doses of it; two strengths are two lines."""
    for one, other in combinations(drugs, 2):
        same = spoken(one.name, one.strength) == spoken(other.name, other.strength)
        meets = set(one.slots) & set(other.slots) and set(one.weekdays) & set(other.weekdays)
        if same and meets:
            raise ValueError(f"“{one.name}”写了两行，时段和星期有重复，请合并成一行。")


class PhasePlan(Input):
    """Both days inclusive."""

    name: ShortLine
    starts_on: NearDay
    ends_on: NearDay
    drugs: list[DrugPlan] = Field(min_length=1, max_length=20)

    @model_validator(mode="after")
    def _days_in_order(self) -> Self:
        if self.ends_on < self.starts_on:
            raise ValueError("结束日期早于开始日期。")
        return self

    @model_validator(mode="after")
    def _one_line_a_drug(self) -> Self:
        _refuse_twins(self.drugs)
        return self


class DraftPhase(PhasePlan):
    """What a form is filled with, from a template or a plan of old: checked when it is sent."""

    starts_on: date
    ends_on: date


class Plan(Input):
    """Phases in order, without overlap; the hour of each slot is the patient's own."""

    phases: list[PhasePlan] = Field(min_length=1, max_length=12)
    slot_times: dict[Slot, ClockTime]

    @model_validator(mode="after")
    def _not_too_long(self) -> Self:
        if self.phases[-1].ends_on - self.phases[0].starts_on > LONGEST_PLAN:
            raise ValueError("一个方案最长三年，请核对日期。")
        return self

    @model_validator(mode="after")
    def _phases_follow(self) -> Self:
        for before, after in zip(self.phases, self.phases[1:], strict=False):
            if after.starts_on <= before.ends_on:
                raise ValueError("阶段的日期有重叠：后一阶段要在前一阶段结束以后开始。")
        return self


class TreatmentCreate(Input):
    """A plan, and what the doctor was asked about and means.

    `passed_too`: doses of today whose hour has passed count, too; `far`: it begins so late;
    `another`: beside one like it that runs.
    """

    template_id: UUID | None
    name: MediumLine
    condition: Condition
    plan: Plan
    passed_too: bool = False
    far: bool = False
    another: bool = False


class HoldCreate(Input):
    from_on: NearDay
    to_on: NearDay
    reason: LongLine

    @model_validator(mode="after")
    def _days_in_order(self) -> Self:
        if self.to_on < self.from_on:
            raise ValueError("结束日期早于开始日期。")
        return self


class TreatmentStop(Input):
    stopped_on: NearDay
    outcome: Outcome


class StopCorrection(Input):
    """The last day as it is to be; without one the treatment was not ended at all."""

    stopped_on: NearDay | None
    outcome: Outcome | None
    reason: LongLine | None

    @model_validator(mode="after")
    def _day_with_outcome(self) -> Self:
        if (self.stopped_on is None) != (self.outcome is None):
            raise ValueError("请一起填写最后一天和结果。")
        return self
