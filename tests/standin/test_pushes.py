"""The stand-in pushes as WeChat does: three tries, five seconds each, and every form of it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import pytest_asyncio
from fastapi import FastAPI, Request, Response

from scripts.wechat_standin import openid_of
from scripts.wechat_standin.push_events import write
from scripts.wechat_standin.pushes import refuse_foreign_target
from scripts.wechat_standin.safety import UnsafeError
from scripts.wechat_standin.server import PushTarget
from tests.standin.running import CONFIG, Running, serving


@dataclass
class Receiver:
    """A backend that answers as a test says, the last answer for ever."""

    base: str = ""
    answers: list[tuple[int, str, float]] = field(default_factory=lambda: [(200, "success", 0)])
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    async def receive(self, request: Request) -> Response:
        self.got.append((request.method, dict(request.query_params), await request.body()))
        number = min(len(self.got), len(self.answers)) - 1
        status, body, after_s = self.answers[number]
        await asyncio.sleep(after_s)
        return Response(request.query_params.get("echostr", body), status)


@pytest_asyncio.fixture(scope="module")
async def served_receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = FastAPI()
    app.add_route("/push", receiver.receive, methods=["GET", "POST"])
    async with serving(app) as base:
        receiver.base = base
        yield receiver


@pytest.fixture
def receiver(here: Running, served_receiver: Receiver) -> Receiver:
    served_receiver.got, served_receiver.answers = [], [(200, "success", 0)]
    target = PushTarget(f"{served_receiver.base}/push", "token", "A" * 43, patience_s=0.3)
    here.standin.config = replace(CONFIG, push=target)
    return served_receiver


async def push(here: Running, **order: Any) -> list[dict[str, Any]]:
    reply = await here.http.post(
        f"{here.base}/standin/push",
        json={"user": "chen", "event": "user_authorization_revoke"} | order,
        timeout=30,
    )
    assert reply.status_code == 200, reply.text
    deliveries: list[dict[str, Any]] = reply.json()
    return deliveries


def test_the_usual_patience_is_wechats() -> None:
    assert PushTarget("http://127.0.0.1:1/", "t", "k").patience_s == 5


async def test_taken_push_is_sent_once(here: Running, receiver: Receiver) -> None:
    deliveries = await push(here)

    assert deliveries == [{"tries": [{"status": 200, "body": "success"}], "taken": True}]
    assert len(receiver.got) == 1


@pytest.mark.parametrize(
    "refusal", [(500, "success", 0), (403, "", 0), (200, "fail", 0), (200, "success", 1)]
)
async def test_push_is_tried_three_times_as_it_was_signed(
    here: Running, receiver: Receiver, refusal: tuple[int, str, float]
) -> None:
    receiver.answers = [refusal]

    deliveries = await push(here)

    assert [len(d["tries"]) for d in deliveries] == [3]
    assert not deliveries[0]["taken"]
    assert receiver.got == [receiver.got[0]] * 3


async def test_push_taken_at_the_second_try_is_not_sent_again(
    here: Running, receiver: Receiver
) -> None:
    receiver.answers = [(500, "", 0), (200, "", 0)]

    deliveries = await push(here)

    assert [t["status"] for t in deliveries[0]["tries"]] == [500, 200]
    assert deliveries[0]["taken"]


async def test_second_delivery_is_signed_anew(here: Running, receiver: Receiver) -> None:
    deliveries = await push(here, mode="plain", deliveries=2)

    assert [d["taken"] for d in deliveries] == [True, True]
    (_, first, body), (_, second, same_body) = receiver.got
    assert first["nonce"] != second["nonce"]
    assert body == same_body


async def test_late_and_forged_pushes_look_so(here: Running, receiver: Receiver) -> None:
    await push(here, mode="plain")
    await push(here, mode="plain", signed_ago_s=3600)
    await push(here, mode="plain", forged="signature")

    on_time, late, forged = (query for _, query, _ in receiver.got)
    assert 3590 < int(on_time["timestamp"]) - int(late["timestamp"]) < 3610
    assert forged["signature"] not in {on_time["signature"], late["signature"]}


async def test_secure_push_shows_nothing_of_its_user(here: Running, receiver: Receiver) -> None:
    for form in ("json", "xml"):
        await push(here, format=form)
        await push(here, format=form, mode="compatible")

    secure, compatible, secure_xml, compatible_xml = (body.decode() for *_, body in receiver.got)
    assert all("user_authorization_revoke" not in body for body in (secure, secure_xml))
    assert all("Encrypt" in body for body in (secure, secure_xml, compatible, compatible_xml))
    assert all(openid_of("chen") in body for body in (compatible, compatible_xml))


async def test_console_checks_the_address(here: Running, receiver: Receiver) -> None:
    assert await here.control("push/check") == {"answered": True}

    method, query, _ = receiver.got[0]
    assert method == "GET"
    assert {"signature", "timestamp", "nonce", "echostr"} == set(query)


async def test_nobody_to_push_to_is_said(here: Running) -> None:
    order = {"user": "chen", "event": "message"}
    reply = await here.http.post(f"{here.base}/standin/push", json=order)

    assert (reply.status_code, reply.text) == (409, "the stand-in was started without --push-url")


@pytest.mark.parametrize("url", ["https://example.com/wechat/push", "http://192.168.1.5/", "x"])
def test_nothing_is_pushed_to_another_machine(url: str) -> None:
    with pytest.raises(UnsafeError):
        refuse_foreign_target(url)


def test_one_entry_stands_alone_in_json_and_is_wrapped_in_xml() -> None:
    event, one = "subscribe_msg_popup_event", {"List": [{"TemplateId": "t"}]}
    two = {"List": [{"TemplateId": "t"}, {"TemplateId": "u"}]}

    assert write(one, event, "json") == '{"List": {"TemplateId": "t"}}'
    assert write(two, event, "json") == '{"List": [{"TemplateId": "t"}, {"TemplateId": "u"}]}'
    assert write(two, event, "xml") == (
        "<xml><SubscribeMsgPopupEvent>"
        "<List><TemplateId><![CDATA[t]]></TemplateId></List>"
        "<List><TemplateId><![CDATA[u]]></TemplateId></List>"
        "</SubscribeMsgPopupEvent></xml>"
    )
