"""`python -m scripts.wechat_standin --port 8001 --appid wxstandin… --secret …`."""

import argparse
import sys
from pathlib import Path

import uvicorn
from pydantic_settings import BaseSettings

from scripts.wechat_standin.app import create_app
from scripts.wechat_standin.pushes import refuse_foreign_target
from scripts.wechat_standin.safety import UnsafeError, refuse_unsafe
from scripts.wechat_standin.server import PAGES, Config, PushTarget, Standin


class Surroundings(BaseSettings):
    environment: str = "development"
    wechat_push_token: str = ""
    wechat_push_aes_key: str = ""


def main() -> None:
    given = _arguments()
    try:
        refuse_unsafe(
            host=given.host,
            environment=Surroundings().environment,
            appid=given.appid,
            secret=given.secret,
        )
        target = _push_target(given, Surroundings())
    except UnsafeError as unsafe:
        sys.exit(f"The WeChat stand-in does not start: {unsafe}.")
    config = Config(
        appid=given.appid,
        secret=given.secret,
        h5_base=given.h5_base,
        pages=PAGES.union(given.page),
        state_file=given.state,
        accounts_file=given.accounts,
        push=target,
    )
    app = create_app(Standin(config))
    uvicorn.run(app, host=given.host, port=given.port, log_level="warning", access_log=False)


def _push_target(given: argparse.Namespace, around: Surroundings) -> PushTarget | None:
    """Take the keys from the settings of the backend, as the console and it share them."""
    if not (given.push_url and around.wechat_push_token and around.wechat_push_aes_key):
        return None
    refuse_foreign_target(given.push_url)
    return PushTarget(given.push_url, around.wechat_push_token, around.wechat_push_aes_key)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts.wechat_standin", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument("--appid", required=True, help="begins with wxstandin")
    parser.add_argument("--secret", required=True, help="anything but a real AppSecret")
    parser.add_argument("--h5-base", default=Config.h5_base, help="where the preview is served")
    parser.add_argument("--page", action="append", default=[], help="one more released page")
    parser.add_argument("--state", type=Path, help="JSON file: users outlive a restart")
    parser.add_argument("--accounts", type=Path, help="JSON file: who is on the demo desk")
    parser.add_argument("--push-url", help="where the backend takes pushes, on this machine")
    return parser.parse_args()


if __name__ == "__main__":
    main()
