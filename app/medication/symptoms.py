"""The side-effect question before a dose: what is asked, what is severe, what to do.

Drawn from the adverse drug reactions that the national follow-up form for tuberculosis asks for
(国家基本公共卫生服务规范，第三版，2017，肺结核患者健康管理), and from the severe list of TB
Treatment Support Tools (University of Washington). A severe symptom stops the treatments of the
conditions whose list holds it, until a clinician decides. What any drug may do (allergy, fainting)
is on every list. Of tuberculosis drugs: liver injury, optic neuritis, hearing loss, low platelets
(抗结核药物性肝损伤诊治指南，2019；WHO consolidated guidelines on tuberculosis, module 4, 2022).
Bleeding is also on the list of hypertension, whose patients often take aspirin with their pills.
These lists are a default for the programme to confirm.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from app.patients.models import Condition


class SymptomCode(StrEnum):
    NAUSEA = "nausea"
    POOR_APPETITE = "poor_appetite"
    DIZZINESS = "dizziness"
    JOINT_PAIN = "joint_pain"
    NUMBNESS = "numbness"
    ITCH_OR_RASH = "itch_or_rash"
    FEVER = "fever"
    RED_URINE = "red_urine"
    YELLOW_SKIN = "yellow_skin"
    BLURRED_VISION = "blurred_vision"
    HEARING_LOSS = "hearing_loss"
    BREATHLESS = "breathless"
    SWOLLEN_FACE = "swollen_face"
    BLEEDING = "bleeding"
    FAINTING = "fainting"


ANY_DRUG = frozenset(Condition)
OF_TUBERCULOSIS = frozenset({Condition.TUBERCULOSIS})


@dataclass(frozen=True)
class Symptom:
    """`stops`: the conditions whose treatments it stops; none where it is mild."""

    code: SymptomCode
    label: str
    severe: bool
    advice: str
    stops: frozenset[Condition] = frozenset()


CALL_DOCTOR = "先不要吃这次药，马上联系您的医生。"
CALL_120 = "先不要吃药，马上拨打 120，并让家人陪着您。"
WATCH = "可以照常服药。如果越来越重，请联系医生。"

SYMPTOMS: tuple[Symptom, ...] = (
    Symptom(SymptomCode.NAUSEA, "恶心、想吐", severe=False, advice=WATCH),
    Symptom(SymptomCode.POOR_APPETITE, "不想吃饭", severe=False, advice=WATCH),
    Symptom(SymptomCode.DIZZINESS, "头晕、没精神", severe=False, advice=WATCH),
    Symptom(SymptomCode.JOINT_PAIN, "关节痛", severe=False, advice=WATCH),
    Symptom(SymptomCode.NUMBNESS, "手脚发麻", severe=False, advice=WATCH),
    Symptom(SymptomCode.ITCH_OR_RASH, "皮肤痒、有小疹子", severe=False, advice=WATCH),
    Symptom(SymptomCode.FEVER, "发烧", severe=False, advice="请量体温并告诉医生，可以照常服药。"),
    Symptom(
        SymptomCode.RED_URINE,
        "尿变橙红色",
        severe=False,
        advice="有的药会让尿变橙红色，不要紧，照常服药。",
    ),
    Symptom(
        SymptomCode.YELLOW_SKIN,
        "皮肤或眼白发黄、尿像浓茶",
        severe=True,
        advice=CALL_DOCTOR,
        stops=OF_TUBERCULOSIS,
    ),
    Symptom(
        SymptomCode.BLURRED_VISION,
        "看东西模糊、颜色不对",
        severe=True,
        advice=CALL_DOCTOR,
        stops=OF_TUBERCULOSIS,
    ),
    Symptom(
        SymptomCode.HEARING_LOSS,
        "耳鸣、听不清",
        severe=True,
        advice=CALL_DOCTOR,
        stops=OF_TUBERCULOSIS,
    ),
    Symptom(
        SymptomCode.BLEEDING,
        "出血不止、身上有瘀斑",
        severe=True,
        advice=CALL_DOCTOR,
        stops=OF_TUBERCULOSIS | {Condition.HYPERTENSION},
    ),
    Symptom(SymptomCode.FAINTING, "晕倒、叫不醒过", severe=True, advice=CALL_120, stops=ANY_DRUG),
    Symptom(SymptomCode.BREATHLESS, "喘不上气", severe=True, advice=CALL_120, stops=ANY_DRUG),
    Symptom(
        SymptomCode.SWOLLEN_FACE,
        "脸或嘴唇肿、大片风团",
        severe=True,
        advice=CALL_120,
        stops=ANY_DRUG,
    ),
)
BY_CODE = {s.code: s for s in SYMPTOMS}
LABELS = {s.code.value: s.label for s in SYMPTOMS}


def codes_of(codes: Collection[str]) -> list[SymptomCode]:
    """Read the codes of a row."""
    return [SymptomCode(c) for c in codes]


def is_severe(codes: Collection[SymptomCode]) -> bool:
    return any(BY_CODE[c].severe for c in codes)


def conditions_stopped(codes: Collection[SymptomCode]) -> frozenset[Condition]:
    """Tell the conditions whose treatments these symptoms stop."""
    return frozenset[Condition]().union(*(BY_CODE[c].stops for c in codes))


def severe_of(codes: Collection[str]) -> list[str]:
    """Keep those of these codes that are severe, in the order of the list."""
    return [s.code.value for s in SYMPTOMS if s.severe and s.code.value in codes]


def advice_for(codes: list[SymptomCode]) -> str | None:
    """Give the most urgent advice; None when nothing is felt."""
    if not codes:
        return None
    return max((BY_CODE[c] for c in codes), key=lambda s: (s.severe, s.advice == CALL_120)).advice


def labels(codes: Collection[str]) -> list[str]:
    return [BY_CODE[SymptomCode(c)].label for c in codes]
