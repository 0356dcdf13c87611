"""Exactly once: what leaves, what came of it, and how that is found out. Knows no sheet and no command."""
