"""Tests of medication."""
