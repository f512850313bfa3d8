"""Weibu 微步之约: a family-doctor team walks with its patients over WeChat."""
