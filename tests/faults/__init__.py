"""Faults: parts of the running system are killed or stopped in the middle of a film's way."""
