"""Tables of rows, in and out: spreadsheets, CSV and packages, each row with the guarantees of a message."""
