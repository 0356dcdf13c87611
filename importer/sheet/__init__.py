"""Files: cells in and out. Knows cells, not tasks."""
