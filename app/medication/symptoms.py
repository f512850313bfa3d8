"""The side-effect question before a dose: what is asked, what is severe, what to do.

Drawn from the adverse drug reactions that the national follow-up form for tuberculosis asks for
(国家基本公共卫生服务规范，第三版，2017，肺结核患者健康管理), and from the severe list of TB
Treatment Support Tools (University of Washington). A severe symptom stops the treatments of the
conditions whose list holds it, until a clinician decides. What any drug may do (allergy, fainting)
is on every list. Of tuberculosis drugs: liver injury, optic neuritis, hearing loss, low platelets
(抗结核药物性肝损伤诊治指南，2019；WHO consolidated guidelines on tuberculosis, module 4, 2022).
Bleeding is also on the list of hypertension, whose patients often take aspirin with their pills.
Asked is only what a drug of the condition is known to do: of tuberculosis the whole list; of
hypertension (国家基层高血压防治管理指南，2020) low pressure, angioedema and rash of ACE inhibitors;
of diabetes (国家基层糖尿病防治管理指南，2022) the stomach of metformin, low sugar with fainting,
rash of sulfonylureas. Whatever stops a treatment is asked of its condition.
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
WITH_HYPERTENSION = OF_TUBERCULOSIS | {Condition.HYPERTENSION}
WITH_DIABETES = OF_TUBERCULOSIS | {Condition.DIABETES}

CALL_DOCTOR = "先不要吃这次药，马上联系您的医生。"
CALL_120 = "先不要吃药，马上拨打 120，并让家人陪着您。"
WATCH = "可以照常服药。如果越来越重，请联系医生。"


@dataclass(frozen=True)
class Symptom:
    """`stops`: the conditions whose treatments it stops; none where it is mild.

    `asked_of`: the conditions before whose doses it is asked for.
    """

    code: SymptomCode
    label: str
    severe: bool
    advice: str
    asked_of: frozenset[Condition]
    stops: frozenset[Condition] = frozenset()


def _mild(
    code: SymptomCode, label: str, asked_of: frozenset[Condition], advice: str | None = None
) -> Symptom:
    return Symptom(code, label, severe=False, advice=advice or WATCH, asked_of=asked_of)


def _severe(code: SymptomCode, label: str, advice: str, stops: frozenset[Condition]) -> Symptom:
    """Asked wherever it stops something, and nowhere else: there it would help nobody."""
    return Symptom(code, label, severe=True, advice=advice, asked_of=stops, stops=stops)


SYMPTOMS: tuple[Symptom, ...] = (
    _mild(SymptomCode.NAUSEA, "恶心、想吐", WITH_DIABETES),
    _mild(SymptomCode.POOR_APPETITE, "不想吃饭", WITH_DIABETES),
    _mild(SymptomCode.DIZZINESS, "头晕、没精神", ANY_DRUG),
    _mild(SymptomCode.JOINT_PAIN, "关节痛", OF_TUBERCULOSIS),
    _mild(SymptomCode.NUMBNESS, "手脚发麻", OF_TUBERCULOSIS),
    _mild(SymptomCode.ITCH_OR_RASH, "皮肤痒、有小疹子", ANY_DRUG),
    _mild(SymptomCode.FEVER, "发烧", OF_TUBERCULOSIS, "请量体温并告诉医生，可以照常服药。"),
    _mild(
        SymptomCode.RED_URINE,
        "尿变橙红色",
        OF_TUBERCULOSIS,
        "有的药会让尿变橙红色，不要紧，照常服药。",
    ),
    _severe(SymptomCode.YELLOW_SKIN, "皮肤或眼白发黄、尿像浓茶", CALL_DOCTOR, OF_TUBERCULOSIS),
    _severe(SymptomCode.BLURRED_VISION, "看东西模糊、颜色不对", CALL_DOCTOR, OF_TUBERCULOSIS),
    _severe(SymptomCode.HEARING_LOSS, "耳鸣、听不清", CALL_DOCTOR, OF_TUBERCULOSIS),
    _severe(SymptomCode.BLEEDING, "出血不止、身上有瘀斑", CALL_DOCTOR, WITH_HYPERTENSION),
    _severe(SymptomCode.FAINTING, "晕倒、叫不醒过", CALL_120, ANY_DRUG),
    _severe(SymptomCode.BREATHLESS, "喘不上气", CALL_120, ANY_DRUG),
    _severe(SymptomCode.SWOLLEN_FACE, "脸或嘴唇肿、大片风团", CALL_120, ANY_DRUG),
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
