"""What patients bring to the application."""

from app.accounts.access import CLINICAL
from app.core.feature import Feature, PatientAction
from app.core.jobs import jobs_of
from app.institutions.service.merging import TEAMS_MERGED
from app.patients import jobs, pages, routes
from app.patients.audit import ACTIONS
from app.patients.consents import documents
from app.patients.service.records import MOVED
from app.patients.words import WORDS

FEATURE = Feature(
    name="patients",
    api=(routes.router,),
    pages=(pages.router,),
    patient_actions=(
        PatientAction("绑定码", "/binding", CLINICAL, order=10),
        PatientAction("修改档案", "/edit", CLINICAL, order=20),
    ),
    words=WORDS,
    consents=documents,
    audit_actions=ACTIONS,
    jobs=jobs_of(jobs),
    publishes=(MOVED,),
    listens={TEAMS_MERGED: "patients.follow_merged_team"},
)
