"""Messages and events that WeChat pushes to the backend: signed, encrypted, sent again."""

import json
import secrets
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel
from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import WeChatSigner

from scripts.wechat_standin.push_events import TO, PushOrder, content_of, write, xml_of
from scripts.wechat_standin.safety import UnsafeError, is_loopback
from scripts.wechat_standin.server import PushTarget, Standin
from scripts.wechat_standin.state import openid_of

TRIES = 3
RECEIVED = {"", "success"}


class NoPushTargetError(LookupError):
    """The stand-in was started without an address to push to."""


class Try(BaseModel):
    """One request; without a status no answer came in time."""

    status: int | None
    body: str = ""

    @property
    def taken(self) -> bool:
        return self.status == 200 and self.body in RECEIVED


class Delivery(BaseModel):
    tries: list[Try]
    taken: bool


def refuse_foreign_target(url: str) -> None:
    if not is_loopback(urlsplit(url).hostname or ""):
        raise UnsafeError(f"{url} is not on this machine: nothing is pushed to it")


async def push(standin: Standin, order: PushOrder) -> list[Delivery]:
    target = _target(standin)
    content = write(content_of(standin, order), order.event, order.format)
    return [await _deliver(standin, target, order, content) for _ in range(order.deliveries)]


async def check_address(standin: Standin) -> bool:
    """Do what the console does when the address is saved."""
    target = _target(standin)
    echostr = secrets.token_urlsafe(16)
    query = _signed(target.token, str(int(standin.now())), secrets.token_hex(5))
    answer = await _send(target, "GET", query | {"echostr": echostr}, b"", "text/plain")
    return answer.status == 200 and answer.body == echostr


def _target(standin: Standin) -> PushTarget:
    if standin.config.push is None:
        raise NoPushTargetError
    return standin.config.push


async def _deliver(
    standin: Standin, target: PushTarget, order: PushOrder, content: str
) -> Delivery:
    """Sign once, and try with the same query and body until it is taken."""
    query, body = sign(standin, target, order, content)
    kind = "application/json" if order.format == "json" else "text/xml"
    tries: list[Try] = []
    while len(tries) < TRIES and not (tries and tries[-1].taken):
        tries.append(await _send(target, "POST", query, body.encode(), kind))
    return Delivery(tries=tries, taken=tries[-1].taken)


def sign(
    standin: Standin, target: PushTarget, order: PushOrder, content: str
) -> tuple[dict[str, str], str]:
    timestamp, nonce = str(int(standin.now() - order.signed_ago_s)), secrets.token_hex(5)
    token = "somebody-elses-token" if order.forged == "signature" else target.token
    query = _signed(token, timestamp, nonce) | {"openid": openid_of(order.user)}
    if order.mode == "plain":
        return query, content
    sealed = _sealed(standin, target, order, content)
    query["encrypt_type"] = "aes"
    query["msg_signature"] = _signature(token, timestamp, nonce, sealed)
    return query, _enclose(order, content, sealed)


def _sealed(standin: Standin, target: PushTarget, order: PushOrder, content: str) -> str:
    appid = "wxsomebodyelse00" if order.forged == "appid" else standin.config.appid
    crypto = WeChatCrypto(target.token, target.aes_key, appid)
    reply: str = crypto.encrypt_message(content, secrets.token_hex(5))
    return reply.partition("<Encrypt><![CDATA[")[2].partition("]]>")[0]


def _enclose(order: PushOrder, content: str, sealed: str) -> str:
    """Put the message itself beside its encryption in the compatible mode."""
    own = {"ToUserName": TO, "Encrypt": sealed}
    if order.format == "json":
        clear = json.loads(content) if order.mode == "compatible" else {}
        return json.dumps(clear | own, ensure_ascii=False)
    if order.mode == "compatible":
        return content.removesuffix("</xml>") + xml_of("Encrypt", sealed) + "</xml>"
    return xml_of("xml", own)


def _signed(token: str, timestamp: str, nonce: str) -> dict[str, str]:
    signature = _signature(token, timestamp, nonce)
    return {"signature": signature, "timestamp": timestamp, "nonce": nonce}


def _signature(*parts: str) -> str:
    signer = WeChatSigner()
    signer.add_data(*parts)
    signature: str = signer.signature
    return signature


async def _send(
    target: PushTarget, method: str, query: dict[str, str], body: bytes, kind: str
) -> Try:
    headers = {"content-type": kind, "user-agent": "Mozilla/4.0"}
    async with httpx.AsyncClient(timeout=target.patience_s) as http:
        try:
            answer = await http.request(
                method, target.url, params=query, content=body, headers=headers
            )
        except httpx.TransportError:
            return Try(status=None)
    return Try(status=answer.status_code, body=answer.text)
