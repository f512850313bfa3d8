"""Tests of the patient's first page."""
