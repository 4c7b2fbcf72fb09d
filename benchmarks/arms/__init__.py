"""Arms: the ways to augment training rows that an experiment compares."""
