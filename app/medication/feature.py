"""What medication brings to the application."""

from app.accounts.access import CLINICAL, SUPERVISING
from app.core.feature import Feature, PatientAction, PatientTab, Tab
from app.core.jobs import jobs_of
from app.core.words import Words
from app.core.words import merge as merge_words
from app.institutions.rights import Right
from app.medication import jobs, pages, routes, symptoms
from app.medication.alert_kinds import ALERT_KINDS
from app.medication.audit import ACTIONS
from app.medication.consents import documents
from app.medication.flag_kinds import FLAGS
from app.medication.flags import flag_truth
from app.medication.media import MEDIA_KINDS
from app.medication.merging import merge
from app.medication.patient_page import START
from app.medication.queries.described import describe
from app.medication.queries.exported import all_of
from app.medication.scopes import SCOPES
from app.medication.service.closing import close_record, what_closing_does
from app.medication.service.locks import lock_records
from app.medication.service.moves import follow_patient
from app.medication.service.severe import COME_IN, DECIDED
from app.medication.service.stuck_films import FILM_LOST, FILM_STUCK
from app.medication.service.verdict_notices import FILM_NOT_ACCEPTED, VERDICT_CORRECTED
from app.medication.service.withdrawals import FILM_LET_GO
from app.medication.words import WORDS

FEATURE = Feature(
    name="medication",
    api=routes.routers,
    pages=(pages.router,),
    nav=(Tab("reviews", "视频审核", "/staff/reviews", CLINICAL, order=20),),
    patient_tabs=(
        PatientTab("medication", "服药", "/medication", CLINICAL, order=20),
        PatientTab("films", "视频与审核", "/medication/films", CLINICAL, order=21),
        PatientTab("history", "服药记录", "/medication/history", CLINICAL, order=22),
    ),
    supervision_tabs=(
        Tab("waiting", "待审视频", "/staff/medication/waiting", SUPERVISING, order=15),
        Tab("slipping", "需要关注的患者", "/staff/medication/slipping", SUPERVISING, order=20),
        Tab("branches", "下级机构", "/staff/medication/branches", SUPERVISING, order=30),
    ),
    patient_actions=(
        PatientAction(
            "开始治疗",
            START,
            CLINICAL,
            order=90,
            right=Right.START_TREATMENT,
            open_only=True,
        ),
    ),
    words=merge_words([WORDS, Words(words={"symptom": symptoms.LABELS})]),
    consents=documents,
    audit_actions=ACTIONS,
    alert_kinds=ALERT_KINDS,
    scopes=SCOPES,
    notices=(
        FILM_NOT_ACCEPTED,
        VERDICT_CORRECTED,
        FILM_LET_GO,
        FILM_STUCK,
        FILM_LOST,
        DECIDED,
        COME_IN,
    ),
    describe=describe,
    export=all_of,
    media_kinds=MEDIA_KINDS,
    flags=FLAGS,
    flag_truth=flag_truth,
    merges=merge,
    jobs=jobs_of(jobs),
    closes=close_record,
    closing_told=what_closing_does,
    moves=follow_patient,
    locks=lock_records,
    listens={
        "accounts.consent_withdrawn": "medication.consent_withdrawn",
        "patients.moved": "medication.patient_moved",
        "patients.reopened": "medication.record_reopened",
        "patients.unbound": "medication.phone_unbound",
    },
)
