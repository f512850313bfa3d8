"""An answer stored for a repeated request is encrypted, and belongs to its key."""

import inspect
import re
from typing import Any
from uuid import UUID

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.idempotency import Idempotency
from app.core.ids import uuid7
from tests.routes import below


class Answer(BaseModel):
    name: str


async def test_a_stored_answer_is_given_again_and_cannot_be_read(session: AsyncSession) -> None:
    actor_id, once = uuid7(), Idempotency("one-intent", "hash")

    async def work() -> Answer:
        return Answer(name="王秀英")

    answers = [await once.once(session, actor_id, Answer, work) for _ in range(2)]

    assert answers == [Answer(name="王秀英")] * 2
    stored = await session.execute(text("select response::text from idempotency_record"))
    assert "王秀英" not in stored.scalar_one()


async def test_each_key_of_a_person_keeps_its_own_answer(session: AsyncSession) -> None:
    actor_id = uuid7()

    async def ask(key: str, name: str) -> Answer:
        async def work() -> Answer:
            return Answer(name=name)

        return await Idempotency(key, "hash").once(session, actor_id, Answer, work)

    await ask("first-intent", "first")
    await ask("second-intent", "second")

    assert await ask("first-intent", "never") == Answer(name="first")
    assert await ask("second-intent", "never") == Answer(name="second")


# A regimen: it says nothing of a person, and each request asks for the right to write one.
OF_NOBODY = {"TemplateRead"}


def test_what_is_stored_for_a_repetition_is_ids_or_behind_a_check_of_each_request(
    app: FastAPI,
) -> None:
    """A stored answer outlives the right it was given under: a record that was unbound since."""
    told = set()
    for context in iter_route_contexts(app.routes):
        endpoint: Any = context.endpoint
        source = inspect.getsource(endpoint) if endpoint else ""
        for name in re.findall(r"\.once\([^)]*?(\w+), \w+\)", source):
            fields = endpoint.__globals__[name].model_fields.values()
            only_ids = all(field.annotation is UUID for field in fields)
            loaders = {getattr(d.call, "__name__", "") for d in below(context.dependant)}
            told.add((name, only_ids or "own_record" in loaders))

    assert {name for name, _ in told} >= {"Bound", "SideEffectRead", "DoseCard"}
    assert {name for name, safe in told if not safe} == OF_NOBODY
