"""The event stream: positions, the table, the hub and open streams."""
