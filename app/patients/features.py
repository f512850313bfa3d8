"""What features above this domain hand in, since it may not import them: filled at import."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

# By feature: all it keeps of a patient, ready for JSON.
ExportPart = Callable[[AsyncSession, UUID], Awaitable[Any]]
export_parts: dict[str, ExportPart] = {}

# For ids that an audit row names (a recording's), the day of the dose they are about.
DaysOf = Callable[[AsyncSession, Sequence[UUID]], Awaitable[dict[UUID, date]]]
days_of_subjects: list[DaysOf] = []
