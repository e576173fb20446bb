"""What others are told: notices to agencies, rows at feeds, alerts to operators, and the messages that carry them."""
