"""What reaches a person: an inbox for every patient and member of staff; channels come later."""
