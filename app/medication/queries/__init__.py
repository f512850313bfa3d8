"""Reads of medication, split by noun."""
