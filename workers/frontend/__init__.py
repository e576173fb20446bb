"""Front-end databases 前置库: tables that others fill and Xinglin reads, and tables that it fills for others."""
