"""Tests of the demonstration district."""
