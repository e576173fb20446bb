"""The way of a batch of messages through the rules: arrival, work, resolving, planning, settling."""
