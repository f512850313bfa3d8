"""Tests of the stand-in: one that refuses less than WeChat would hide faults of ours."""
