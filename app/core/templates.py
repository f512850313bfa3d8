"""The one template loader of the house, made for pages that say a lot of small things."""

import hashlib
import json
import re
from collections.abc import Callable, MutableMapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from jinja2.compiler import CodeGenerator, Frame
from jinja2.nodes import Expr
from jinja2.runtime import Context, Macro
from markupsafe import Markup, escape
from typing_extensions import override

from app.core.assembly import Features
from app.core.filters import filters_for
from app.core.forms import new_key

APP = Path(__file__).resolve().parents[1]
TEMPLATES = APP / "templates"
STATIC = APP / "static"
KEPT = 1000  # of one macro
HTMX = {  # no eval, so that the content security policy holds; refusals are shown, not swallowed
    "allowEval": False,
    "includeIndicatorStyles": False,
    "historyCacheSize": 0,
    "responseHandling": [
        {"code": "204", "swap": False},
        {"code": "[23]..", "swap": True},
        {"code": "[45]..", "swap": True, "error": True},
    ],
}


@cache
def asset(path: str) -> str:
    """Address a static file by its content, so that browsers may keep it."""
    digest = hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:12]
    return f"/static/{path}?v={digest}"


_needs_escape = re.compile("[&<>\"']").search


def written(value: Any) -> str:
    """Escape what goes into a page, as `markupsafe.escape`, with no new object for what is safe."""
    kind = type(value)
    safe: str = value  # where the two of the next line say so
    if kind is Markup or (kind is str and not _needs_escape(value)):
        return safe
    return str(value) if kind is int or kind is UUID else escape(value)


class _Writing(CodeGenerator):
    """Writes `written` where Jinja writes `escape`: a page says some 230 values, few need it."""

    @override
    def _output_child_pre(self, node: Expr, frame: Frame, finalize: Any) -> None:
        context = frame.eval_ctx
        if context.volatile or not context.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.written(")


class _Calling(Context):
    """Calls a macro without asking, as of any other thing, what it wants to be told."""

    @override
    def call(self, called: Callable[..., Any], /, *arguments: Any, **named: Any) -> Any:
        if type(called) is not Macro:
            return super().call(called, *arguments, **named)
        named.pop("_loop_vars", None)
        named.pop("_block_vars", None)
        return called(*arguments, **named)


class House(Environment):
    """An Environment whose templates share one plain dict of globals and are known by their name.

    Jinja's own globals, a ChainMap for each template, are copied key by key with every template
    and every import of macros; and a page looks twenty templates up.
    """

    code_generator_class = _Writing
    context_class = _Calling
    written = staticmethod(written)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._known: dict[str, Template] = {}

    @override
    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return super().make_globals(d) if d else self.globals

    @override
    def get_template(
        self,
        name: str | Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,
    ) -> Template:
        if isinstance(name, Template) or globals or self.auto_reload:
            return super().get_template(name, parent, globals)
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = super().get_template(name, parent)
        return known


def make_environment(features: Features, *, auto_reload: bool = False) -> Environment:
    """One template loader for the house; the words are those of its features.

    With `auto_reload` a changed template is seen at once; each use of one asks its file for that.
    """
    own = [f.templates for f in features.all if f.templates]
    environment = House(
        loader=FileSystemLoader([TEMPLATES, *own]),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=auto_reload,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # As a filter it is worked out when a template is compiled.
    environment.filters |= filters_for(features.words) | {"asset": asset}
    environment.globals |= {
        "htmx_config": json.dumps(HTMX),
        "new_key": new_key,
        # Of macros that say the same of the same words, whoever looks and whenever.
        "kept": lru_cache(KEPT),
    }
    return environment
