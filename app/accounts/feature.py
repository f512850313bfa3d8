"""What accounts bring to the application."""

from app.accounts import jobs, pages, routes
from app.accounts.access import EVERY_ROLE
from app.accounts.audit import ACTIONS
from app.accounts.service.consents import WITHDRAWN
from app.accounts.service.pushes import WECHAT_PUSH
from app.accounts.words import WORDS
from app.core.feature import Feature, Tab
from app.core.jobs import jobs_of

FEATURE = Feature(
    name="accounts",
    api=(routes.router,),
    pages=(pages.router,),
    own_tabs=(Tab("account", "我的账号", "/staff/account", EVERY_ROLE, order=90),),
    words=WORDS,
    audit_actions=ACTIONS,
    jobs=jobs_of(jobs),
    publishes=(WECHAT_PUSH, WITHDRAWN),
)
