"""What the benchmarks share: a real server, a load generator, and how figures are written."""
