"""Behind scripts/run, test, check and openapi: the machine set up, the engines, the processes."""
