"""Treatments, doses, recordings and reviews: the way of one dose."""
