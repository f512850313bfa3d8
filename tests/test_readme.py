"""README is the front door: what it lists must be all there is."""

import inspect
from collections.abc import Iterator
from pathlib import Path

from app.core.problems import Problem
from app.core.settings import Settings
from app.features import FEATURES
from app.main import create_app

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def kinds(of: type[Problem]) -> Iterator[type[Problem]]:
    for kind in of.__subclasses__():
        yield kind
        yield from kinds(kind)


def test_every_setting_is_in_the_readme() -> None:
    assert [name for name in Settings.model_fields if f"`{name.upper()}`" not in README] == []


def test_every_problem_type_is_in_the_readme() -> None:
    assert inspect.isfunction(create_app)  # importing it brings in every domain

    assert sorted({k.type for k in kinds(Problem) if f"`{k.type}`" not in README}) == []


def test_every_periodic_job_is_in_the_readme() -> None:
    periodic = {spec.name for spec in FEATURES.jobs.values() if spec.cron}

    assert periodic
    assert {name for name in periodic if f"`{name}`" not in README} == set()


def test_every_picture_of_the_readme_is_there() -> None:
    shown = [part.split('"')[0] for part in README.split('src="')[1:]]

    assert shown
    assert [path for path in shown if not (ROOT / path).is_file()] == []
