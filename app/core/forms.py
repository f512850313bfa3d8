"""A page's form: read once, keeps what was typed, tells each field's fault in Chinese."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any, Generic, TypeVar, get_origin

from fastapi import Request
from pydantic import BaseModel, Field, ValidationError
from sqlalchemy import inspect
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.crypto import new_token
from app.core.idempotency import IdempotencyMismatch
from app.core.problems import Problem, as_problem

M = TypeVar("M", bound=BaseModel)
# The one-use key of a form that creates something: whatever is sent under it a second time, after a
# second press or a lost answer, is made once (`idempotency.make_once`). In templates:
# `{{ ui.key(form) }}`, which keeps the key of a form that was refused.
KEY = r"^[A-Za-z0-9_-]{8,64}$"
Key = Annotated[str, Field(pattern=KEY)]
new_key = new_token
KEY_MISSING = "这一页打开得太久了，还没有保存。请核对一遍，再提交一次。"
MADE_BEFORE = (
    "刚才提交的那一份已经保存了。现在填的与它不同，还没有保存：请先打开看看；"
    "确定还要另存这一份，就再提交一次。"
)

_SENTENCES = {
    "missing": "请填写这一项。",
    "string_too_short": "请填写这一项。",
    "too_short": "请至少选择一项。",
    "string_too_long": "太长了，最多 {max_length} 个字。",
    "string_pattern_mismatch": "格式不对，请检查。",
    "enum": "请从列表中选择。",
    "literal_error": "请从列表中选择。",
    "uuid_parsing": "请从列表中选择。",
    "date_from_datetime_parsing": "日期不对，请按 年-月-日 填写。",
    "date_parsing": "日期不对，请按 年-月-日 填写。",
    "date_past": "日期应在今天以前。",
    "int_parsing": "请填写整数。",
    "decimal_parsing": "请填写数字。",
    "decimal_max_places": "小数最多 {decimal_places} 位。",
    "greater_than": "应大于 {gt}。",
    "greater_than_equal": "不能小于 {ge}。",
    "less_than": "应小于 {lt}。",
    "less_than_equal": "不能大于 {le}。",
    "multiple_of": "应是 {multiple_of} 的倍数。",
    "time_parsing": "时间不对，请按 时:分 填写。",
}


@dataclass
class Form(Generic[M]):
    """`data` is None while `errors` (by field name; "" for the whole form) is not empty.

    `made_at` is the page of what this form made before, sent then with other contents.
    """

    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    data: M | None = None
    made_at: str | None = None

    def key(self) -> str:
        """Keep the key that was sent, so that a form filled in anew is still the same one."""
        sent = str(self.values.get("key") or "")
        return sent if re.fullmatch(KEY, sent) else new_key()

    def refuse(self, name: str, sentence: str) -> None:
        """Add a fault that only the service could see."""
        self.errors[name] = sentence
        self.data = None


@asynccontextmanager
async def refusing(
    session: AsyncSession, form: Form[Any], name: str = "", *, made_at: str = ""
) -> AsyncIterator[None]:
    """Show a Problem of this block as a fault of the form, and take back what the block wrote.

    The request's transaction goes on and commits, so the block stands in a savepoint: without it
    half of a refused change would stay. Afterwards `form.data` is None if it was refused.

    The key of what was saved already, sent with other contents, is no dead end: the form is shown
    with what was typed, a new key, and a link to what was saved: `made_at`, with "{}" for its id.
    """
    try:
        async with session.begin_nested():
            yield
    except (Problem, IntegrityError) as error:
        problem = as_problem(error)
        if isinstance(problem, IdempotencyMismatch):
            _renew(form, problem, made_at)
        else:
            form.refuse(problem.field or name, problem.title)
        await _read_again(session)


def _renew(form: Form[Any], problem: IdempotencyMismatch, made_at: str) -> None:
    form.refuse("key", MADE_BEFORE)
    form.values["key"] = new_key()
    if made_at and problem.made is not None:
        form.made_at = made_at.format(problem.made)


async def _read_again(session: AsyncSession) -> None:
    """Load what the savepoint's end has expired: a page still shows it, and may not load."""
    for row in list(session.identity_map.values()):
        if inspect(row).expired:
            await session.refresh(row)


def sentence(error: Any) -> str:
    """Tell one of pydantic's faults to the person who typed it."""
    if error["type"] == "value_error":  # our own validators speak Chinese
        return str(error["ctx"]["error"])
    template = _SENTENCES.get(error["type"], "填写有误，请检查。")
    return template.format(**error.get("ctx", {}))


def check(model: type[M], values: dict[str, Any]) -> Form[M]:
    """Empty fields count as absent, so that the model's own defaults apply."""
    filled = {name: value for name, value in values.items() if value not in ("", [])}
    try:
        return Form(values, {}, model.model_validate(filled))
    except ValidationError as refused:
        errors: dict[str, str] = {}
        for error in refused.errors():
            errors.setdefault(str(error["loc"][0]) if error["loc"] else "", sentence(error))
        if "key" in errors:
            errors["key"] = KEY_MISSING
        return Form(values, errors)


def _is_list(annotation: Any) -> bool:
    return get_origin(annotation) in {list, set, frozenset}


async def read(request: Request, model: type[M]) -> Form[M]:
    """Fields that the model does not know are dropped: browsers add buttons' names."""
    sent = await request.form()
    values: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        texts = [str(v).strip() for v in sent.getlist(name)]
        values[name] = texts if _is_list(info.annotation) else (texts[-1] if texts else "")
    return check(model, values)


def form_of(model: type[M]) -> Callable[[Request], Awaitable[Form[M]]]:
    """For signatures: `form: Annotated[Form[PatientCreate], Depends(form_of(PatientCreate))]`."""

    async def reader(request: Request) -> Form[M]:
        return await read(request, model)

    return reader
