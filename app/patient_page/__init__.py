"""The doctor's first page of one patient; composes the features and owns nothing."""
