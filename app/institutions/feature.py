"""What institutions bring to the application."""

from app.accounts.access import CLINICAL, OPERATING, SUPERVISING
from app.core.feature import Feature, Tab
from app.institutions import pages, routes
from app.institutions.audit import ACTIONS
from app.institutions.notices import NOTICES
from app.institutions.queries.access_changes import count_waiting
from app.institutions.service.access_waiting import CHANGED, REQUESTED, SETTLED
from app.institutions.service.merging import TEAMS_MERGED
from app.institutions.words import WORDS

FEATURE = Feature(
    name="institutions",
    api=(routes.router,),
    pages=(pages.router,),
    nav=(
        Tab(
            "confirmations",
            "账号确认",
            "/staff/confirmations",
            SUPERVISING,
            order=65,
            badge=count_waiting,
            refresh_on=CHANGED,
        ),
        Tab("asked", "账号变更", "/staff/asked-changes", OPERATING, order=65),
    ),
    own_tabs=(Tab("absences", "请假顶班", "/staff/absences", CLINICAL, order=10),),
    words=WORDS,
    audit_actions=ACTIONS,
    notices=NOTICES,
    publishes=(TEAMS_MERGED, REQUESTED, SETTLED),
)
