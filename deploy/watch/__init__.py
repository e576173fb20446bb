"""Rules for Prometheus and dashboards for Grafana, written from code: `make dashboards` writes them anew.

Whatever is compared with a limit takes it from the program, so that the scheduler's alerts, the rules and the lines in
the dashboards say the same. What is written lies in `deploy/prometheus` and `deploy/grafana`, and is checked in.
"""
