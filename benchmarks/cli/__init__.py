"""Command line: options, their checks, and output to terminal and files."""
