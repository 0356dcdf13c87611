"""The workspace over HTTP. Knows no sheets."""
