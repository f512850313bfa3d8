"""What needs me now: the staff's first page, the alert list, the patient list, the badges."""
