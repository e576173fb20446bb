"""From a messy spreadsheet to its verdict, and back with two cells mended."""
