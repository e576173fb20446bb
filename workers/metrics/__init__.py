"""What a worker process tells of itself and of the archive, for Prometheus; see docs/operate.md, "Metrics"."""
