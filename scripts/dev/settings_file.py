"""`.weibu/dev.env`: the settings of this machine, secrets made once and kept, readable by us alone.

Every secret begins with `dev-`: the application refuses to start in production with one of them.
`set -a; . .weibu/dev.env` gives a shell the settings of the running system.
"""

import base64
import json
import secrets
import shlex
import string
from pathlib import Path

from scripts.dev.processes import SetupError

DATABASE = "weibu"
BUCKET = "weibu"


def load(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    lines = [line.partition("=") for line in path.read_text().splitlines() if "=" in line]
    try:
        return {name: "".join(shlex.split(value)) for name, _, value in lines}
    except ValueError:
        raise SetupError(f"{path} is damaged: a quotation mark is missing; mend it.") from None


def save(path: Path, settings: dict[str, str]) -> None:
    """Readable by us alone from the first byte on; never half-written."""
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    new.write_text("".join(f"{k}={shlex.quote(v)}\n" for k, v in sorted(settings.items())))
    new.rename(path)


def make_secrets() -> dict[str, str]:
    field_key = base64.b64encode(secrets.token_bytes(32)).decode()
    return {
        "ENVIRONMENT": "development",
        "TOKEN_KEY": _secret(),
        "LOOKUP_KEY": _secret(),
        "FIELD_KEYS": json.dumps({"dev-k1": field_key}),
        "FIELD_KEY_ID": "dev-k1",
        "S3_ACCESS_KEY": "dev",
        "S3_SECRET_KEY": _secret(),
        "S3_BUCKET": BUCKET,
        "WECHAT_APPID": "wxstandin00000000",
        "WECHAT_SECRET": _secret(),
        "WECHAT_PUSH_TOKEN": _secret(),
        "WECHAT_PUSH_AES_KEY": _push_key(),
        "WECHAT_ENV_VERSION": "develop",
    }


def addresses(host: str, port: int, standin: str, h5: Path) -> dict[str, str]:
    """Derive what follows from where we listen; 0.0.0.0 is no address a browser can open."""
    seen = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 compared, not bound
    seen = f"[{seen}]" if ":" in seen else seen
    return {
        "HOST": host,
        "PORT": str(port),
        "PUBLIC_ORIGIN": f"http://{seen}:{port}",
        "WECHAT_API_BASE": standin,
        "PREVIEW_STANDIN_BASE": standin,
        "H5_DIR": str(h5),
    }


def _secret() -> str:
    return f"dev-{secrets.token_urlsafe(32)}"


def _push_key() -> str:
    """Make a key as the console of the Mini Program does: letters and digits."""
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(43))
