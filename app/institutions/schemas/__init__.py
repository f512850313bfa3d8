"""What comes in and goes out of the admin API and the pages, split by noun."""
