"""The ground: what every domain stands on and that knows no domain."""
