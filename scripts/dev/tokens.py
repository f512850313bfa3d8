"""Writes the colours and sizes of PC and phone from app/static/tokens.json."""

import difflib
import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.dev.paths import MINIPROGRAM, ROOT
from scripts.dev.processes import SetupError
from scripts.dev.terminal import run_script, say

SOURCE = ROOT / "app/static/tokens.json"
PC_CSS = ROOT / "app/static/tokens.css"
PHONE_CSS = MINIPROGRAM / "src/ui/tokens.gen.css"
PHONE_TS = MINIPROGRAM / "src/ui/tokens.gen.ts"

NOTE = "Written by scripts/tokens from app/static/tokens.json."
PLAIN = "light"
# Each larger type is set in the stronger colours.
TYPE_CLASSES = {"large": ".type-large", "largest": ".type-largest"}


@dataclass(frozen=True)
class Tokens:
    colours: Mapping[str, Mapping[str, str]]
    pc: Mapping[str, str]
    pc_dark: Mapping[str, str]
    phone: Mapping[str, str]
    browser: Mapping[str, str]
    sizes: Mapping[str, Mapping[str, int]]
    contrast: Mapping[str, Any]

    def palette(self, name: str) -> dict[str, str]:
        """Fill in from the light palette what this one does not name."""
        return {**self.colours[PLAIN], **self.colours[name]}


def read() -> Tokens:
    return Tokens(**json.loads(SOURCE.read_text()))


def made(tokens: Tokens) -> dict[Path, str]:
    return {
        PC_CSS: _pc_css(tokens),
        PHONE_CSS: _phone_css(tokens),
        PHONE_TS: _phone_ts(tokens),
    }


def main() -> int:
    check = "--check" in sys.argv[1:]
    for path, text in made(read()).items():
        if check:
            _compare(path, text)
        elif not path.exists() or path.read_text() != text:
            path.write_text(text)
            say(f"Wrote {path}")
    return 0


def _pc_css(tokens: Tokens) -> str:
    light = {**tokens.colours[PLAIN], **tokens.pc}
    dark = {**tokens.palette("dark"), **tokens.pc_dark}
    rules = _rule(":root", _colours(light)), _rule(".dark", _colours(dark))
    return f"/* {NOTE} */\n" + "\n\n".join(rules) + "\n"


def _phone_css(tokens: Tokens) -> str:
    """WeChat's `page` is the ground behind our own; a dark page overrules every type size."""
    plain = {**tokens.colours[PLAIN], **tokens.phone}
    rules = [
        _rule(
            "page,\n.page",
            [*_colours(plain), *_sizes(tokens.sizes["standard"])],
        ),
        *(
            _rule(name, [*_colours(tokens.colours["strong"]), *_sizes(tokens.sizes[size])])
            for size, name in TYPE_CLASSES.items()
        ),
        _rule(".page-dark", _colours(tokens.colours["dark"])),
        f"/* #ifdef h5 */\n{_rule('html', _colours(tokens.browser))}\n/* #endif */",
    ]
    return f"/* {NOTE} */\n" + "\n\n".join(rules) + "\n"


def _phone_ts(tokens: Tokens) -> str:
    palettes = {name: tokens.palette(name) for name in tokens.colours}
    return "\n".join(
        [
            f"/** {NOTE} */",
            "export const palettes = {",
            *_objects(palettes, quoted=True),
            "} as const",
            "export type PaletteName = keyof typeof palettes",
            "",
            "/** In px. */",
            "export const sizes = {",
            *_objects(tokens.sizes, quoted=False),
            "} as const",
            "export type SizeName = keyof typeof sizes",
            "",
        ]
    )


def _objects(groups: Mapping[str, Mapping[str, Any]], *, quoted: bool) -> Iterable[str]:
    for name, group in groups.items():
        yield f"  {name}: {{"
        for key, value in group.items():
            yield f"    {_camel(key)}: {repr(value) if quoted else value},"
        yield "  },"


def _camel(name: str) -> str:
    first, *rest = name.split("-")
    return first + "".join(part.title() for part in rest)


def _colours(colours: Mapping[str, str]) -> list[str]:
    return [f"--{name}: {value};" for name, value in colours.items()]


def _sizes(sizes: Mapping[str, int]) -> list[str]:
    return [
        f"--{name if name.startswith('icon') else f'size-{name}'}: {px}px;"
        for name, px in sizes.items()
    ]


def _rule(selector: str, lines: Iterable[str]) -> str:
    return f"{selector} {{\n" + "".join(f"  {line}\n" for line in lines) + "}"


def _compare(path: Path, text: str) -> None:
    committed = path.read_text() if path.exists() else ""
    if committed == text:
        return
    lines = (committed.splitlines(), text.splitlines())
    difference = list(difflib.unified_diff(*lines, "committed", "from tokens.json", n=1))
    raise SetupError(
        f"{path.name} is behind tokens.json; run scripts/tokens and commit it.\n"
        + "\n".join(difference[:40])
    )


if __name__ == "__main__":
    sys.exit(run_script("tokens", main))
