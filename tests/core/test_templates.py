"""What a page says is escaped, whatever it is and wherever it stands."""

from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError
from markupsafe import Markup, escape
from typing_extensions import override

from app.core import templates
from app.features import FEATURES

ENVIRONMENT = templates.make_environment(FEATURES)
HOSTILE = """<b title="it's">&amp;"""


class Word(StrEnum):
    HOSTILE = HOSTILE


class Own(str):
    __slots__ = ()


class Shows:
    def __html__(self) -> str:
        return "<i>safe</i>"


class Says:
    @override
    def __str__(self) -> str:
        return HOSTILE


VALUES = [
    *(HOSTILE, Word.HOSTILE, Own(HOSTILE), Says(), Shows(), Markup("<hr>"), "plain 中文", ""),
    *(0, -3, True, None, 1.5, Decimal("0.25"), UUID(int=7), [HOSTILE], {"a": HOSTILE}),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda v: type(v).__name__)
def test_a_page_says_each_thing_as_markupsafe_does(value: Any) -> None:
    source = "{% macro said(it) %}<p>{{ it }}</p>{% endmacro %}{{ value }}{{ said(value) }}"

    page = ENVIRONMENT.from_string(source).render(value=value)

    assert page == f"{escape(value)}<p>{escape(value)}</p>"


@given(st.text())
def test_any_text_is_written_as_markupsafe_does(text: str) -> None:
    assert templates.written(text) == str(escape(text))


@pytest.mark.parametrize("place", ["{{ value }}", "{{ said(value) }}", "{{ value.more }}"])
def test_what_is_not_there_is_an_error_and_not_an_empty_place(place: str) -> None:
    source = "{% macro said(it) %}{{ it }}{% endmacro %}" + place

    with pytest.raises(UndefinedError):
        ENVIRONMENT.from_string(source).render()


def test_a_macro_called_in_a_loop_knows_what_was_set_there() -> None:
    source = (
        "{% macro of(it, more='') %}{{ it }}{{ more }}{% endmacro %}"
        "{% macro around(it) %}{{ it }}{{ caller() }}{% endmacro %}"
        "{% for n in [1, 2] %}{% set m = n * 10 %}{{ of(m, more='.') }}"
        "{% call around(n) %}<{{ m }}>{% endcall %}{% endfor %}"
    )

    assert ENVIRONMENT.from_string(source).render() == "10.1<10>20.2<20>"


def test_address_of_an_asset_changes_with_its_content() -> None:
    page = ENVIRONMENT.from_string("{{ 'app.css' | asset }}").render()

    assert page.startswith("/static/app.css?v=")
