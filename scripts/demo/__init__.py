"""Demonstration data: a small living district, and the films its patients send."""
