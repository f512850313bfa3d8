"""Fixtures of the WeChat stand-in."""

from tests.standin.fixtures import here, served, wechat

__all__ = ["here", "served", "wechat"]
