"""A made-up city and the messages of its days: what `xinglin demo` shows and the property tests feed."""
