"""What the toy brings to the application."""

from app.toy import jobs, pages, queries, routes, service
from app.toy.words import DRINK, DRY, ENTER, READ_CUPS, THIRSTY, WORDS

from app.accounts.access import CLINICAL
from app.core.feature import Feature, PatientAction, PatientTab, Tab
from app.core.jobs import jobs_of

FEATURE = Feature(
    name="toy",
    api=(routes.router,),
    pages=(pages.router,),
    nav=(Tab("toy", "喝水", "/staff/patients", CLINICAL, 99, badge=queries.badge),),
    patient_tabs=(PatientTab("toy", "喝水", "/toy", CLINICAL, order=99),),
    patient_actions=(PatientAction("看喝水", "/toy", CLINICAL, order=99),),
    words=WORDS,
    audit_actions=(READ_CUPS,),
    alert_kinds=(DRY,),
    notices=(DRINK,),
    flags=(THIRSTY,),
    flag_truth=queries.flag_truth,
    scopes=(ENTER,),
    describe=queries.describe,
    export=queries.exported,
    closes=service.forget,
    merges=service.join,
    jobs=jobs_of(jobs),
    listens={"patients.moved": "toy.patient_moved"},
)
