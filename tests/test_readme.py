"""README is the front door: what it lists must be all there is."""

import re
from dataclasses import fields

from app.core.docs import PAGES
from app.core.feature import Feature
from app.core.settings import Settings
from tests.sources import DOMAINS, ROOT
from tests.toy.house import LINES

README = (ROOT / "README.md").read_text()
# Where a domain that brings something of every kind stands; the others list files, routes, items.
WITH_MEDICATION = ("features.py", "models.py", "parts.py", "sections.py", "lines.py", ".toml")


def block(title: str, language: str = "") -> str:
    """Return the first fenced block of this language below a heading."""
    section = README.split(f"\n{title}\n", 1)[1].split(f"```{language}\n", 1)[1]
    return section.split("\n```", 1)[0]


def lists_of_a_domain() -> dict[str, str]:
    """Read the lists that a new domain adds itself to: paths, and what to write there."""
    lines = block("### Add a domain", "lists").splitlines()
    return dict(line.split(maxsplit=1) for line in lines)


def test_the_lists_of_a_domain_are_there() -> None:
    lists = lists_of_a_domain()

    assert lists
    assert [path for path in lists if not (ROOT / path).is_file()] == []
    for path in lists:
        if path.endswith(WITH_MEDICATION):
            assert "medication" in (ROOT / path).read_text(), path


def test_the_domain_of_the_tests_is_built_from_these_lists_alone() -> None:
    assert {line.path for line in LINES} <= lists_of_a_domain().keys()


def test_every_domain_is_in_the_map() -> None:
    in_map = set(re.findall(r"^  (\w+)/ ", block("## The map"), re.MULTILINE))

    assert in_map - {"core", "templates"} == DOMAINS


def test_every_field_of_the_manifest_is_explained() -> None:
    table = README.split("### The manifest", 1)[1].split("###", 1)[0]
    example = {"name"}

    assert {f.name for f in fields(Feature) if f"`{f.name}`" not in table} == example


def test_every_required_setting_is_named() -> None:
    required = {n.upper() for n, field in Settings.model_fields.items() if field.is_required()}

    assert required
    assert {name for name in required if f"`{name}`" not in README} == set()


def test_the_generated_pages_are_named() -> None:
    assert [address for address in PAGES if f"`{address}`" not in README] == []


def test_every_file_that_the_readme_names_is_there() -> None:
    named = re.findall(r"`((?:app|scripts|tests|miniprogram|migrations)/[\w./-]+)`", README)
    generated = {"miniprogram/"}

    assert named
    assert [path for path in named if not (ROOT / path).exists() and path not in generated] == []


def test_every_picture_of_the_readme_is_there() -> None:
    shown = [part.split('"')[0] for part in README.split('src="')[1:]]

    assert shown
    assert [path for path in shown if not (ROOT / path).is_file()] == []


def test_the_readme_is_not_long() -> None:
    assert len(README.splitlines()) <= 400
