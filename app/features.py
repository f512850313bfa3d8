"""The one list of domains, lowest first; `main` and `worker` assemble what they bring."""

from app.accounts.feature import FEATURE as ACCOUNTS
from app.alerts.feature import FEATURE as ALERTS
from app.core import docs, health, housekeeping
from app.core.assembly import assemble
from app.core.feature import Feature
from app.core.jobs import jobs_of
from app.desk.feature import FEATURE as DESK
from app.institutions.feature import FEATURE as INSTITUTIONS
from app.media.feature import FEATURE as MEDIA
from app.medication.feature import FEATURE as MEDICATION
from app.notifications.feature import FEATURE as NOTIFICATIONS
from app.patient_page.feature import FEATURE as PATIENT_PAGE
from app.patients.feature import FEATURE as PATIENTS
from app.supervision.feature import FEATURE as SUPERVISION
from app.today.feature import FEATURE as TODAY

CORE = Feature(name="core", api=(health.router, docs.router), jobs=jobs_of(housekeeping))
ALL: tuple[Feature, ...] = (
    CORE,
    ACCOUNTS,
    INSTITUTIONS,
    PATIENTS,
    MEDIA,
    NOTIFICATIONS,
    ALERTS,
    MEDICATION,
    TODAY,
    PATIENT_PAGE,
    DESK,
    SUPERVISION,
)
FEATURES = assemble(ALL)
