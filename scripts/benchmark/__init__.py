"""The bench: our handlers beside the bare driver and beside pgbench, on a district of real size."""
