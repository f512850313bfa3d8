"""A WeChat server for laptops and tests that fails like the real one; loopback only."""

from scripts.wechat_standin.state import openid_of

__all__ = ["openid_of"]
