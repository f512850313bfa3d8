"""Decisions about institutions, teams and staff, split by noun."""
