"""Reads of patients, split by noun."""
