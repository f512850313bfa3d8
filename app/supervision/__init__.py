"""What the numbers say over a subtree; composes the features and owns nothing."""
