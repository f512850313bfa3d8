"""Find the router of a request by the beginning of its path, so that features cost others nothing.

FastAPI asks every included router in turn, and each compares all its routes (fastapi#16159): 120
microseconds a request with twelve features, more with every further one.
"""

import copy
from collections import defaultdict
from collections.abc import Iterable
from itertools import chain

from fastapi import APIRouter, FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send
from typing_extensions import override

DEPTH = 2  # segments of a path by which its routers are found: /api/today, /staff/alerts


class PrefixRouter(APIRouter):
    """The routes of another router; refuses at once a path that none of them can begin with.

    What stands before the first `{` of each route is compared, and the number of its segments, so
    every path that a route matches gets through; the routes themselves decide as before.
    """

    def __init__(self, router: APIRouter) -> None:
        super().__init__(routes=list(router.routes))
        paths = {str(context.path) for context in iter_route_contexts(router.routes)}
        self.whole = frozenset(path for path in paths if "{" not in path)
        beginnings: dict[int, set[str]] = defaultdict(set)
        for path in paths - self.whole:
            if ":path}" in path:
                raise ValueError(f"{path} has no one number of segments")
            beginnings[path.count("/")].add(path.partition("{")[0])
        self._beginnings = {depth: tuple(found) for depth, found in beginnings.items()}

    @override
    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        path: str = scope["path"]
        if (
            path in self.whole
            or path.startswith(self._beginnings.get(path.count("/"), ()))
            or scope.get("root_path")  # below another application, the path is longer
        ):
            return super().matches(scope)
        return Match.NONE, {}

    @property
    def literals(self) -> Iterable[str]:
        """What stands before the first `{` of each path, the whole path where there is none."""
        return (*self.whole, *chain(*self._beginnings.values()))


def _key(path: str) -> tuple[str, ...]:
    return tuple(path.strip("/").split("/")[:DEPTH])


class Index:
    """Asks only those routes that a path may belong to, however many others there are.

    A route whose place is not known (one that is no PrefixRouter, or one with a parameter among
    its first segments) is asked always; the order stays that of the application.
    """

    def __init__(self, router: APIRouter) -> None:
        self._router = router
        self._of_key: dict[tuple[str, ...], APIRouter] = {}
        every: list[BaseRoute] = []
        places: dict[tuple[str, ...], list[BaseRoute]] = {}
        keys_of = [(route, _keys(route)) for route in router.routes]
        for route, keys in keys_of:
            every += [] if keys else [route]
            for key in keys:
                places.setdefault(key, []).append(route)
        self._others = self._with(every)
        for key, found in places.items():
            self._of_key[key] = self._with([*every, *found])

    def _with(self, routes: Iterable[BaseRoute]) -> APIRouter:
        wanted = {id(route) for route in routes}
        narrow = copy.copy(self._router)
        narrow.routes = [route for route in self._router.routes if id(route) in wanted]
        return narrow

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        router = self._router
        if scope["type"] == "http" and not scope.get("root_path"):
            scope["router"] = router  # which knows every address
            router = self._of_key.get(_key(scope["path"]), self._others)
        await router.app(scope, receive, send)


def _keys(route: BaseRoute) -> set[tuple[str, ...]]:
    """Tell where a route may answer; nothing where that cannot be told."""
    router = getattr(route, "original_router", None)
    if not isinstance(router, PrefixRouter):
        return set()
    keys: set[tuple[str, ...]] = set()
    for literal in router.literals:
        whole = _key(literal if literal in router.whole else literal.rpartition("/")[0])
        if len(whole) < DEPTH and literal not in router.whole:
            return set()
        keys.add(whole)
    return keys


def index_routes(app: FastAPI) -> None:
    """Call it once all routers are included."""
    app.router.middleware_stack = Index(app.router)
