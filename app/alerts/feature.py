"""What alerts bring to the application; the list and its tab are the desk's."""

from app.accounts.access import CLINICAL
from app.alerts import jobs, pages, service
from app.alerts.audit import ACTIONS
from app.alerts.describing import describe
from app.alerts.notices import NOTICES
from app.alerts.queries.exported import all_of
from app.alerts.words import WORDS
from app.core.feature import Feature, PatientTab
from app.core.jobs import jobs_of

FEATURE = Feature(
    name="alerts",
    pages=(pages.router,),
    patient_tabs=(PatientTab("alerts", "提醒记录", "/alerts", CLINICAL, order=40),),
    words=WORDS,
    audit_actions=ACTIONS,
    notices=NOTICES,
    describe=describe,
    export=all_of,
    closes=service.close_with_record,
    closing_told=service.what_closing_does,
    merges=service.merge_alerts,
    locks=service.lock_alerts,
    jobs=jobs_of(jobs),
    listens={
        "patients.moved": "alerts.patient_moved",
        "patients.closing_taken_back": "alerts.closing_taken_back",
    },
)
