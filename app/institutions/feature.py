"""What institutions bring to the application."""

from app.core.feature import Feature
from app.institutions import pages, routes
from app.institutions.audit import ACTIONS
from app.institutions.words import WORDS

FEATURE = Feature(
    name="institutions",
    api=(routes.router,),
    pages=(pages.router,),
    words=WORDS,
    audit_actions=ACTIONS,
)
