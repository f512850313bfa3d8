"""What media bring to the application."""

from app.core.feature import Feature
from app.core.jobs import jobs_of
from app.media import jobs

FEATURE = Feature(name="media", jobs=jobs_of(jobs))
