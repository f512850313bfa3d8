"""What the patient's first page brings to the application."""

from app.accounts.access import CLINICAL
from app.core.feature import Feature, PatientTab
from app.patient_page import pages

FEATURE = Feature(
    name="patient_page",
    pages=(pages.router,),
    patient_tabs=(PatientTab("overview", "概况", "", CLINICAL, order=0),),
)
