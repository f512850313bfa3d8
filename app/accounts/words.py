"""What pages call the things of accounts."""

from app.core.words import Words

WORDS = Words(words={"role": {"doctor": "医生", "supervisor": "督导", "operator": "运营"}})
