"""A simulated year: an independent model of doses, and the events that are played against it."""
