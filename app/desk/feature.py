"""What the desk brings to the application."""

from app.core.feature import Feature
from app.desk import pages

FEATURE = Feature(name="desk", pages=(pages.router,))
