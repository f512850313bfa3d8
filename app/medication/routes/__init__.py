"""JSON edges of medication, split by noun."""

from app.medication.routes.doses import router as doses
from app.medication.routes.guide_voices import router as guide_voices
from app.medication.routes.recordings import router as recordings
from app.medication.routes.reviews import router as reviews
from app.medication.routes.templates import router as templates

routers = (doses, guide_voices, recordings, reviews, templates)
