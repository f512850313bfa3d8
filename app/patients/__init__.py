"""The record of a person in care, how a phone is bound to it, who may reach it."""
