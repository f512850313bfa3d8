"""Chromium plays a patient and a doctor against the really running system."""
