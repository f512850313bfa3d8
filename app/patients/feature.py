"""What patients bring to the application."""

from app.accounts.access import CLINICAL, SUPERVISING
from app.core.feature import Feature, PatientAction, PatientTab
from app.core.jobs import jobs_of
from app.institutions.service.merging import TEAMS_MERGED
from app.patients import jobs, pages, routes
from app.patients.audit import ACTIONS
from app.patients.consents import documents
from app.patients.queries.exported import all_of
from app.patients.scopes import SCOPES
from app.patients.service.bindings import UNBOUND
from app.patients.service.closing import CLOSED
from app.patients.service.merging import MERGED
from app.patients.service.records import MOVED
from app.patients.service.reopening import REOPENED, TAKEN_BACK
from app.patients.words import WORDS

FEATURE = Feature(
    name="patients",
    api=(routes.router,),
    pages=(pages.router,),
    patient_tabs=(PatientTab("contacts", "联系记录", "/contacts", CLINICAL, order=40),),
    patient_actions=(
        PatientAction("绑定码", "/binding", CLINICAL, order=10),
        PatientAction("结束建档", "/closing", CLINICAL, order=25, closed_word="恢复建档"),
        PatientAction("修改档案", "/edit", CLINICAL, order=20),
        PatientAction("合并档案", "/merge", SUPERVISING, order=30),
    ),
    words=WORDS,
    consents=documents,
    audit_actions=ACTIONS,
    jobs=jobs_of(jobs),
    listens={TEAMS_MERGED: "patients.follow_merged_team"},
    scopes=SCOPES,
    export=all_of,
    publishes=(MOVED, CLOSED, REOPENED, TAKEN_BACK, MERGED, UNBOUND),
)
