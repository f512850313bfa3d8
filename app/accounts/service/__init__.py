"""Decisions about who is asking, split by noun."""
