"""What the application was started with, for the signatures of routes and pages.

A hot route takes the Request and asks these functions: each dependency costs it 15 microseconds.
"""

from typing import Annotated

from fastapi import Depends, Request

from app.core.assembly import Features
from app.core.consents import ConsentDocument
from app.core.settings import Settings
from app.core.storage import Storage


def settings_of(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def storage_of(request: Request) -> Storage:
    storage: Storage = request.app.state.storage
    return storage


def features_of(request: Request) -> Features:
    features: Features = request.app.state.features
    return features


# Coroutines, because FastAPI would send a plain function to a thread for each request.
async def _settings(request: Request) -> Settings:
    return settings_of(request)


async def _storage(request: Request) -> Storage:
    return storage_of(request)


async def _features(request: Request) -> Features:
    return features_of(request)


async def _consents(request: Request) -> list[ConsentDocument]:
    return features_of(request).consents(settings_of(request))


AppConsents = Annotated[list[ConsentDocument], Depends(_consents)]
AppFeatures = Annotated[Features, Depends(_features)]
AppSettings = Annotated[Settings, Depends(_settings)]
AppStorage = Annotated[Storage, Depends(_storage)]
