"""What the desk brings to the application."""

from app.accounts.access import CLINICAL
from app.core.feature import Feature, Tab
from app.desk import pages, patients
from app.desk.words import WORDS

FEATURE = Feature(
    name="desk",
    pages=(pages.router, patients.router),
    nav=(
        Tab("desk", "工作台", "/staff", CLINICAL, order=0),
        Tab("patients", "患者", "/staff/patients", CLINICAL, order=10),
    ),
    words=WORDS,
)
