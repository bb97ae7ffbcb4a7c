"""Recipes of the record; book/record.md says what one is."""
