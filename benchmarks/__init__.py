"""Performance claims of the book, as ratios measured in one run: `make bench`."""
