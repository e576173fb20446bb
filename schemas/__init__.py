"""The vocabulary of Xinglin: envelope, messages, statements, records, notices, policy and routing. No I/O."""
