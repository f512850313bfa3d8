"""Decisions about patients' records and bindings, split by noun."""
