"""Benchmark scenarios: ratios within one run, never timed tests (`make bench`)."""
