"""A made-up town and the messages of its authorities: for the demonstration, the tests and the benchmarks."""
