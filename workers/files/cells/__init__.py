"""From a cell to the text that its column holds, with what is to be said where that is another form than was written.

Nothing is guessed that changes a meaning. A text that is not understood goes on as it is, for intake to judge; a
number, day or failed formula that cannot be the text it once was is refused, with the way to mend the sheet.

A converter is made once for each column of a sheet and called for each cell, so the plain text, which nearly every cell
is, comes first everywhere.
"""
