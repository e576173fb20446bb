"""The law as of a day: what is read from policies/, and what it says of a fact. Working days and amounts too."""
