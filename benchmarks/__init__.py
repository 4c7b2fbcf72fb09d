"""Benchmarks of skvae through its public API: ``python -m benchmarks NAME``."""
