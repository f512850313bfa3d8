"""What media bring to the application."""

from app.core.feature import Feature
from app.core.jobs import jobs_of
from app.media import jobs
from app.media.service import merge

FEATURE = Feature(name="media", jobs=jobs_of(jobs), merges=merge)
