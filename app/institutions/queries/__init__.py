"""Reads of institutions, teams, staff and their days, split by noun."""
