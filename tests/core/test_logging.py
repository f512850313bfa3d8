"""Logs are one JSON object a line, and an exception's text (it may quote values) is not in them."""

import json
import logging
import sys
from collections.abc import Iterator

import pytest

from app.core.logging import JsonFormatter, configure


def _record(**extra: object) -> logging.LogRecord:
    record = logging.LogRecord("app.test", logging.INFO, "x.py", 1, "said %s", ("so",), None)
    record.__dict__.update(extra)
    return record


def test_a_line_is_one_object_with_its_facts() -> None:
    line = json.loads(JsonFormatter().format(_record(status=200, route="/api/doses/{dose_id}")))

    assert (line["message"], line["level"], line["logger"]) == ("said so", "info", "app.test")
    assert (line["status"], line["route"]) == (200, "/api/doses/{dose_id}")


def test_an_error_is_told_by_name_and_place() -> None:
    record = _record()
    try:
        raise ValueError("李桂英 13800001234")
    except ValueError:
        record.exc_info = sys.exc_info()

    told = JsonFormatter().format(record)

    assert json.loads(told)["error"] == "ValueError"
    assert "test_an_error_is_told_by_name_and_place" in told
    assert "13800001234" not in told


@pytest.fixture
def logging_as_before() -> Iterator[None]:
    """Give root and libraries back their levels: other tests listen to them."""
    names = [None, "httpx", "httpcore", "botocore", "boto3", "uvicorn.access"]
    loggers = [logging.getLogger(name) for name in names]
    levels, handlers = [logger.level for logger in loggers], loggers[0].handlers[:]
    yield
    loggers[0].handlers[:] = handlers
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


@pytest.mark.usefixtures("logging_as_before")
def test_configuring_quiets_the_libraries() -> None:
    configure("INFO")

    assert isinstance(logging.getLogger().handlers[0].formatter, JsonFormatter)
    assert logging.getLogger("httpx").level == logging.WARNING
