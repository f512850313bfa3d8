"""The tools of the house: none of them is in the image."""
