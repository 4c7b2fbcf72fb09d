"""Classifiers that experiments train, and their scores."""
