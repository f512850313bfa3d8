"""What comes in and goes out of medication, split by noun."""
