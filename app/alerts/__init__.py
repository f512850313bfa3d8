"""What staff must look at: raised once, worse news raises it again, escalated until handled."""
