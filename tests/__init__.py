"""Tests mirror app/; e2e plays the whole."""
