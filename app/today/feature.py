"""What today brings to the application."""

from app.core.feature import Feature
from app.today import routes

FEATURE = Feature(name="today", api=(routes.router,))
