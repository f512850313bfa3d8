"""Every small fault that can be put into a module: one changed place of its text each."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.Is: "is not",
    ast.IsNot: "is",
    ast.In: "not in",
    ast.NotIn: "in",
}
FILTERS = {"where", "filter", "and_", "or_"}
BEFORE = 40  # characters
DROPPED_CALLS = {"order_by", "desc", "on_conflict_do_nothing", "distinct"}


@dataclass(frozen=True)
class Fault:
    """`text` replaces the bytes from `start` to `end` of the file."""

    path: Path
    line: int
    kind: str
    start: int
    end: int
    text: str

    def applied_to(self, source: bytes) -> bytes:
        return source[: self.start] + self.text.encode() + source[self.end :]

    def described(self) -> str:
        """Show both texts from a little before the place where they part."""
        old = " ".join(self.path.read_bytes()[self.start : self.end].decode().split())
        new = " ".join(self.text.split())
        apart = (at for at, both in enumerate(zip(old, new, strict=False)) if len(set(both)) > 1)
        begin = max(0, next(apart, len(new)) - BEFORE)
        return f"{old[begin:][:90]!r} -> {new[begin:][:60]!r}"


class Source:
    """A module's text, and where each node of its tree begins and ends in it (bytes)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.data = path.read_bytes()
        self.tree = ast.parse(self.data)
        self._lines = [0]
        for line in self.data.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))

    def begin(self, node: ast.expr | ast.stmt | ast.keyword) -> int:
        return self._lines[node.lineno - 1] + node.col_offset

    def end(self, node: ast.expr | ast.stmt | ast.keyword) -> int:
        line, column = node.end_lineno or node.lineno, node.end_col_offset or 0
        return self._lines[line - 1] + column

    def text(self, node: ast.expr | ast.stmt | ast.keyword) -> str:
        return self.data[self.begin(node) : self.end(node)].decode()

    def replaced(self, node: ast.expr | ast.stmt, kind: str, text: str) -> Fault:
        return Fault(self.path, node.lineno, kind, self.begin(node), self.end(node), text)

    def between(self, left: ast.expr, right: ast.expr, kind: str, text: str) -> Fault:
        """Put another operator between two operands, brackets around them left as they are."""
        gap = self.data[self.end(left) : self.begin(right)].decode()
        before = gap[: len(gap) - len(gap.lstrip(") \t\r\n"))]
        after = gap[len(gap.rstrip("( \t\r\n")) :]
        whole = f"{before}{text}{after}"
        return Fault(self.path, left.lineno, kind, self.end(left), self.begin(right), whole)

    def without_argument(self, call: ast.Call, argument: ast.expr | ast.keyword) -> str:
        all_of_them: list[ast.expr | ast.keyword] = [*call.args, *call.keywords]
        left = [a for a in all_of_them if a is not argument]
        return f"{self.text(call.func)}({', '.join(self.text(a) for a in left)})"


def _compare(source: Source, node: ast.Compare) -> Iterator[Fault]:
    for (left, right), operator in zip(
        pairwise([node.left, *node.comparators]), node.ops, strict=True
    ):
        yield source.between(left, right, "compare", COMPARISONS[type(operator)])


def _boolean(source: Source, node: ast.BoolOp) -> Iterator[Fault]:
    other = "or" if isinstance(node.op, ast.And) else "and"
    yield source.between(node.values[0], node.values[1], "and/or", other)


def _unary(source: Source, node: ast.UnaryOp) -> Iterator[Fault]:
    if isinstance(node.op, ast.Not | ast.Invert):
        yield source.replaced(node, "not dropped", source.text(node.operand))


def _arithmetic(source: Source, node: ast.BinOp) -> Iterator[Fault]:
    others: dict[type[ast.operator], str] = {ast.Add: "-", ast.Sub: "+", ast.Mult: "+"}
    if other := others.get(type(node.op)):
        yield source.between(node.left, node.right, "arithmetic", other)


def _constant(source: Source, node: ast.Constant) -> Iterator[Fault]:
    if isinstance(node.value, bool):
        yield source.replaced(node, "constant", str(not node.value))
    elif isinstance(node.value, int):
        yield source.replaced(node, "constant", str(node.value + 1))


def _call(source: Source, node: ast.Call) -> Iterator[Fault]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    name = node.func.id if isinstance(node.func, ast.Name) else name
    if name in FILTERS:
        yield from _filter(source, node)
    elif name in DROPPED_CALLS and isinstance(node.func, ast.Attribute):
        yield source.replaced(node, "order", source.text(node.func.value))
    elif name == "for_update":
        yield source.replaced(node, "lock", source.text(node.args[0]))
    elif name in {"get_locked", "find_locked"} and len(node.args) == 3:
        session, model, row_id = (source.text(a) for a in node.args)
        method = "get_one" if name == "get_locked" else "get"
        yield source.replaced(node, "lock", f"{session}.{method}({model}, {row_id})")
    elif name == "values":
        for keyword in node.keywords:
            text = source.without_argument(node, keyword)
            yield source.replaced(node, "write dropped", text)


def _filter(source: Source, node: ast.Call) -> Iterator[Fault]:
    if len(node.args) > 1:
        for argument in node.args:
            text = source.without_argument(node, argument)
            yield source.replaced(node, "condition dropped", text)
    elif len(node.args) == 1 and isinstance(node.func, ast.Attribute):
        yield source.replaced(node, "condition dropped", source.text(node.func.value))


def _conditional(source: Source, node: ast.IfExp) -> Iterator[Fault]:
    text = f"{source.text(node.orelse)} if {source.text(node.test)} else {source.text(node.body)}"
    yield source.replaced(node, "branches swapped", text)


def _statement(source: Source, node: ast.stmt) -> Iterator[Fault]:
    match node:
        case ast.Expr(value=ast.Call() | ast.Await(value=ast.Call())):
            yield source.replaced(node, "call dropped", "pass")
        case ast.Assign(targets=[ast.Attribute()]):
            yield source.replaced(node, "write dropped", "pass")
        case ast.Raise():
            yield source.replaced(node, "raise dropped", "pass")
        case ast.Return(value=ast.expr() as value) if not _is_nothing(value):
            yield source.replaced(node, "return", "return None")
        case ast.If(test=ast.Name() | ast.Attribute() | ast.Call() | ast.Await() as test):
            yield source.replaced(test, "condition turned", f"not ({source.text(test)})")
        case _:
            pass


def _is_nothing(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


RULES: tuple[tuple[type[ast.AST], Callable[..., Iterator[Fault]]], ...] = (
    (ast.Compare, _compare),
    (ast.BoolOp, _boolean),
    (ast.UnaryOp, _unary),
    (ast.BinOp, _arithmetic),
    (ast.Constant, _constant),
    (ast.Call, _call),
    (ast.IfExp, _conditional),
    (ast.stmt, _statement),
)


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """Every node but types, decorators and the texts of formatted strings: they decide nothing."""
    yield node
    skipped = {"annotation", "returns", "decorator_list", "bases", "format_spec"}
    for name, value in ast.iter_fields(node):
        if name in skipped:
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not isinstance(child, ast.JoinedStr):
                yield from _walk(child)


def faults_of(path: Path) -> list[Fault]:
    source = Source(path)
    found = [
        fault
        for node in _walk(source.tree)
        for kind, rule in RULES
        if isinstance(node, kind)
        for fault in rule(source, node)
    ]
    return [fault for fault in found if _is_python(source, fault)]


def _is_python(source: Source, fault: Fault) -> bool:
    try:
        ast.parse(fault.applied_to(source.data))
    except SyntaxError:
        return False
    return True


# What answers one of these may be called while a statement is built, which is then kept.
SQL = {
    "CTE", "ColumnElement", "Delete", "Exists", "FromClause", "Insert", "LateralFromClause",
    "ReturningUpdate", "Select", "Subquery", "Update",
}  # fmt: skip


def _answers_sql(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    named = ast.walk(node.returns) if node.returns else ()
    return any(isinstance(part, ast.Name) and part.id in SQL for part in named)


def line_is_built_once(path: Path, line: int) -> bool:
    """Tell what runs at import, or once a process: no single test is seen to execute it."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            inside = node.lineno < line <= (node.end_lineno or node.lineno)
            if inside and not node.decorator_list and not _answers_sql(node):
                return False
    return True
