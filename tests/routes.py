"""Walk every route with its access and its loaders: `app.routes` is a tree that hides them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext, iter_route_contexts

from app.core.access import Access
from app.institutions.access import name_person

# They take no request of a person: the document of the API itself, and files of ours.
WITHOUT_ACCESS = {"/openapi.json", "/static", "/m"}
PUBLIC = "public"


@dataclass(frozen=True)
class Route:
    """One method of one path: who may call it, and who takes each id of the path."""

    method: str
    path: str
    roles: frozenset[str]
    taken_by: dict[str, tuple[str, ...]]
    loaders: tuple[str, ...]

    @property
    def ids(self) -> list[str]:
        return re.findall(r"{(\w+_id)}", self.path)

    @property
    def is_page(self) -> bool:
        return f"{self.path}/".startswith("/staff/")

    @property
    def line(self) -> str:
        roles = ", ".join(sorted(self.roles)) or PUBLIC
        return f"{self.method:5} {self.path:52} {roles:28} {', '.join(self.loaders)}".rstrip()


def below(dependant: Dependant) -> Iterator[Dependant]:
    """Every dependency of a route, those of its dependencies too."""
    for dependency in dependant.dependencies:
        yield dependency
        yield from below(dependency)


def _loaders(dependant: Dependant) -> list[Dependant]:
    """Find the functions of our access and loaders modules, and whatever else takes an id."""
    return [
        d
        for d in below(dependant)
        if (module := getattr(d.call, "__module__", "")).startswith("app.")
        and not isinstance(d.call, Access)
        and d.call is not name_person  # names whoever is there, lets nobody in
        and (module.endswith((".access", ".loaders", ".supervised")) or _takes(d))
    ]


def _takes(dependant: Dependant) -> set[str]:
    return {field.name for field in dependant.path_params if field.name.endswith("_id")}


def _name(dependant: Dependant) -> str:
    return getattr(dependant.call, "__name__", "?")


def _route(method: str, path: str, dependant: Dependant) -> Route:
    found = [d.call for d in below(dependant) if isinstance(d.call, Access)]
    assert found, f"{method} {path} declares no Access"
    declared = {access.roles for access in found}
    roles = frozenset.intersection(*(declared - {frozenset()} or {frozenset[str]()}))
    loaders = _loaders(dependant)
    taken = {n: tuple(_name(d) for d in loaders if n in _takes(d)) for n in _ids(path)}
    return Route(method, path, roles, taken, tuple(dict.fromkeys(map(_name, loaders))))


def _ids(path: str) -> list[str]:
    return re.findall(r"{(\w+_id)}", path)


def routes_of(app: FastAPI) -> list[Route]:
    found = []
    for context in iter_route_contexts(app.routes):
        path = str(context.path_format or context.path)
        if path in WITHOUT_ACCESS:
            continue
        found += [_route(m, path, context.dependant) for m in sorted(context.methods or ())]
    return sorted(found, key=lambda r: (r.path, r.method))


def json_contexts(app: FastAPI) -> Iterator[RouteContext]:
    """Every route of the API proper."""
    for context in iter_route_contexts(app.routes):
        if str(context.path).startswith("/api/"):
            yield context


def page_contexts(app: FastAPI) -> Iterator[RouteContext]:
    """Every page, and every address that a form of one is sent to."""
    for context in iter_route_contexts(app.routes):
        if str(context.path).startswith("/staff/"):
            yield context
