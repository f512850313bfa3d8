"""What the worker hands to every job."""

from dataclasses import dataclass

from app.core.assembly import Features
from app.core.db import Sessionmaker
from app.core.settings import Settings
from app.core.storage import Storage


@dataclass(frozen=True)
class JobContext:
    """What a job may use; it opens its own transactions, none across a network call."""

    settings: Settings
    sessions: Sessionmaker
    storage: Storage
    features: Features
