"""`python -m importer` is `tasksheet`."""

from importer.cli import main

main()
