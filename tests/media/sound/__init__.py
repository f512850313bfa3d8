"""Recordings of speech good and bad, made on the spot, against the real inspection."""
