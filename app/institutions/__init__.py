"""The tree of institutions, its teams and their staff."""
