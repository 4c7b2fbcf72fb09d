"""Smaller comparisons that have no table in the thesis."""
