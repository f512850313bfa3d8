"""No lower floor names a feature of a higher one: not in a string, a template or a script."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.features import FEATURES
from tests.sources import APP, DOMAINS, Source, floors, source_of, sources

TEMPLATES = APP / "templates"
STATIC = APP / "static"
GROUND = [*TEMPLATES.glob("*.html"), *STATIC.glob("*.js"), *STATIC.glob("app.css")]
# Words of the language, too: a day, a CSS rule. They count in an address, a job or a file only.
ORDINARY = {"today", "media"}
COMMENTS = re.compile(r"\{#.*?#\}|/\*.*?\*/|^\s*//[^\n]*", re.DOTALL | re.MULTILINE)
KINDS = re.compile(
    r"""(?:word|mark)\("(\w+)"|badge\([^{}]*,\s*["'](\w+)["']\)|\bkind="(\w+_\w+)\""""
)


def above(package: str) -> set[str]:
    """Name the packages on higher floors, and those beside it, which it does not know either."""
    order = floors()
    at = next(i for i, names in enumerate(order) if package in names)
    return {name for names in order[: at + 1] for name in names if name in DOMAINS} - {package}


def named(text: str, names: set[str]) -> list[str]:
    """List the names that stand in a text as whole words."""
    return sorted(name for name in names if re.search(_pattern(name), text))


def _pattern(name: str) -> str:
    if name in ORDINARY:
        return rf"/{name}(?![\w-])|(?<![\w.-]){name}/\w|(^|[\"']){name}\.\w"
    return rf"(?<![\w-]){name}(?![\w-])"


def literals(source: Source) -> Iterator[ast.Constant]:
    """Yield the string literals that are no docstrings."""
    statements = (n.value for n in ast.walk(source.tree) if isinstance(n, ast.Expr))
    alone = {id(value) for value in statements}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            yield node


def names_in(source: Source) -> list[str]:
    return [
        f"{node.lineno}: {found}"
        for node in literals(source)
        if (found := named(str(node.value), above(source.package)))
    ]


def markup(file: Path) -> str:
    """Read a template, script or sheet without its comments."""
    return COMMENTS.sub("", file.read_text())


def owner_of(template: Path) -> str:
    """Tell whose template or script it is; what lies in no domain's folder is the ground."""
    folder = template.relative_to(TEMPLATES).parts[0] if TEMPLATES in template.parents else ""
    return folder if folder in DOMAINS else "core"


def test_no_string_names_a_higher_feature() -> None:
    found = {source.path: names for source in sources() if (names := names_in(source))}

    assert found == {}


def test_no_template_names_a_higher_feature() -> None:
    files = [*GROUND, *TEMPLATES.glob("*/**/*.html")]
    found = {file: names for file in files if (names := named(markup(file), above(owner_of(file))))}

    assert len(files) > len(GROUND)
    assert found == {}


def test_templates_use_words_of_their_own_floor_and_below() -> None:
    declared = {
        kind: feature.name
        for feature in FEATURES.all
        for kind in (*feature.words.words, *feature.words.marks)
    }
    found = {
        (file, kind)
        for file in [*GROUND, *TEMPLATES.glob("*/**/*.html")]
        for match in KINDS.findall(markup(file))
        for kind in match
        if declared.get(kind) in above(owner_of(file))
    }

    assert declared
    assert found == set()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('AT = "/staff/medication/slipping"', True),
        ('JOB = "medication.tell"', True),
        ('"""What medication does."""', False),
        ('AT = "/api/today"', True),
        ('KEY = "today"', False),
        ('KEY = "supervision_tabs"', False),
        ('AT = "/staff/patients"', False),
    ],
)
def test_a_name_in_a_string_is_found(text: str, found: bool) -> None:
    source = source_of(APP / "alerts/pages.py", text)

    assert bool(names_in(source)) is found
