"""The project's tools: none of them is in the image."""
