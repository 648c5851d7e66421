"""`python -m calcinosis`."""

from calcinosis.cli import main

main()
