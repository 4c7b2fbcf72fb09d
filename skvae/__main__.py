"""The command `skvae`, as ``python -m skvae``."""

from .cli import main

main()
