"""Cups of water: the smallest domain that brings one of everything."""
