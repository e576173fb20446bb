"""The processes: command line, settings, composition, intake, relay and scheduler."""
