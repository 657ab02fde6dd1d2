"""The one way to write, and the JSON files that follow from it."""
