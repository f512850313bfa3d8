"""What institutions bring to the application."""

from app.accounts.access import CLINICAL
from app.core.feature import Feature, Tab
from app.institutions import pages, routes
from app.institutions.audit import ACTIONS
from app.institutions.service.merging import TEAMS_MERGED
from app.institutions.words import WORDS

FEATURE = Feature(
    name="institutions",
    api=(routes.router,),
    pages=(pages.router,),
    own_tabs=(Tab("absences", "请假顶班", "/staff/absences", CLINICAL, order=10),),
    words=WORDS,
    audit_actions=ACTIONS,
    publishes=(TEAMS_MERGED,),
)
