"""What holds for every job."""
