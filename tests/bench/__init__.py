"""Benchmarks: `python -m tests.bench` measures Xinglin beside bare loops and beside its peers on one machine."""
