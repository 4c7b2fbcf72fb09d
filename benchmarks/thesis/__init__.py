"""Experiments of the thesis' tables."""
