"""PC pages of medication, split by noun."""
