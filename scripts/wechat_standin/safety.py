"""Why this program cannot serve in production, nor be given production's secrets."""

import ipaddress
import re

TEST_APPIDS = frozenset({"wx0123456789abcdef", "wxba5fad812f8e6fb9"})  # printed in documentation
ENVIRONMENTS = frozenset({"development", "test"})
_REAL_SECRET = re.compile(r"[0-9a-fA-F]{32}")


class UnsafeError(ValueError):
    """The stand-in refuses to start; the message says which rule it would break."""


def is_loopback(host: str) -> bool:
    name = host.strip("[]").lower()
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def refuse_unsafe(*, host: str, environment: str, appid: str, secret: str) -> None:
    if not is_loopback(host):
        raise UnsafeError(f"{host} is not a loopback address")
    if environment not in ENVIRONMENTS:
        raise UnsafeError(f"ENVIRONMENT is {environment}, not development or test")
    if _REAL_SECRET.fullmatch(secret):
        raise UnsafeError("the secret looks like a real AppSecret")
    if not appid.startswith("wxstandin") and appid not in TEST_APPIDS:
        raise UnsafeError("the appid is not one of the stand-in's")
