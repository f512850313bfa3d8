"""What supervision brings to the application."""

from app.accounts.access import SUPERVISING
from app.core.feature import Feature, Tab
from app.supervision import pages

HOME = "/staff/supervision"
FEATURE = Feature(
    name="supervision",
    pages=(pages.router,),
    nav=(Tab("supervision", "督导", HOME, SUPERVISING, order=80),),
    supervision_tabs=(Tab("overview", "概况", HOME, SUPERVISING, order=0),),
)
