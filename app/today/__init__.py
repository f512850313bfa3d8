"""What is due for this patient now; composes the features and owns nothing."""
