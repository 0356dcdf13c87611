"""tasksheet moves tasks between spreadsheets and a Toggl Focus workspace."""

__version__ = "0.1.0"
