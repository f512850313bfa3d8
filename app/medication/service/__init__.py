"""Decisions and writes of medication, split by noun."""
