"""The colours of PC and phone come from one file, and everybody can read them."""

import re
from itertools import product
from pathlib import Path

import pytest

from scripts.dev import tokens
from scripts.dev.paths import MINIPROGRAM, ROOT

TOKENS = tokens.read()
LEAST = TOKENS.contrast["least"]
CSS = {
    "pc": [p for p in (ROOT / "app/static").glob("*.css") if p != tokens.PC_CSS],
    "phone": [p for p in (MINIPROGRAM / "src").rglob("*.css") if p != tokens.PHONE_CSS],
}
GENERATED = {"pc": tokens.PC_CSS, "phone": tokens.PHONE_CSS}
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(|\bhsla?\(|\b(?:white|black)\b(?!-)")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def sheets(side: str) -> dict[str, str]:
    return {str(p.relative_to(ROOT)): COMMENT.sub("", p.read_text()) for p in CSS[side]}


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def ratio(one: str, other: str) -> float:
    """WCAG 2: from 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_ratio_is_that_of_wcag() -> None:
    assert ratio("#000000", "#ffffff") == 21
    assert round(ratio("#ffffff", "#767676"), 2) == 4.54


@pytest.mark.parametrize(("name", "kind"), [*product(TOKENS.colours, ("text", "control"))])
def test_everything_can_be_read(name: str, kind: str) -> None:
    palette = tokens.Tokens.palette(TOKENS, name)
    ratios = {f"{a} on {b}": ratio(palette[a], palette[b]) for a, b in TOKENS.contrast[kind]}

    assert {pair: r for pair, r in ratios.items() if r < LEAST[name][kind]} == {}


def test_dark_pages_are_held_to_wcag() -> None:
    assert LEAST["dark"] == LEAST["light"] == {"text": 4.5, "control": 3}


@pytest.mark.parametrize("path", tokens.made(TOKENS))
def test_what_is_committed_is_what_the_file_says(path: Path) -> None:
    assert path.read_text() == tokens.made(TOKENS)[path]


@pytest.mark.parametrize("side", CSS)
def test_no_sheet_has_a_colour_of_its_own(side: str) -> None:
    assert {
        name: found for name, css in sheets(side).items() if (found := COLOUR.findall(css))
    } == {}


@pytest.mark.parametrize("side", CSS)
def test_every_name_that_is_used_is_there(side: str) -> None:
    known = set(re.findall(r"(--[\w-]+):", GENERATED[side].read_text()))
    own = {n for css in sheets(side).values() for n in re.findall(r"(--[\w-]+):", css)}
    used = {n for css in sheets(side).values() for n in re.findall(r"var\((--[\w-]+)", css)}

    assert used - known - own == set()


@pytest.mark.parametrize("side", CSS)
def test_every_text_that_brings_its_ground_is_listed(side: str) -> None:
    listed = {tuple(pair) for pair in TOKENS.contrast["text"]}
    found = set()
    for css in sheets(side).values():
        for body in re.findall(r"\{([^{}]*)\}", css):
            text = re.search(r"(?<![\w-])color: var\(--([\w-]+)\)", body)
            ground = re.search(r"background(?:-color)?: var\(--([\w-]+)\)", body)
            if text and ground:
                found.add((text[1], ground[1]))

    assert {pair for pair in found - listed if pair[1] != "film"} == set()


def test_the_sign_of_the_house_has_its_accent() -> None:
    assert TOKENS.colours["light"]["accent"] in (ROOT / "app/static/favicon.svg").read_text()
