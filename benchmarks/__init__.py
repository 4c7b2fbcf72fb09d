"""What the library is worth: ``python -m benchmarks NAME``, over its public API only."""
