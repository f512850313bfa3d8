"""What pages call the things of accounts."""

from app.core.words import Words

ROLES = {
    "doctor": "医生",
    "supervisor": "督导",
    "operator": "运营",
    "records_clerk": "病案录入员",
}

WORDS = Words(words={"role": ROLES})
