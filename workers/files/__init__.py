"""Files of clerks and older systems: read safely, turned into rows and messages, and answered."""
