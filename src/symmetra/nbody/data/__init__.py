"""The data that are shipped: planets.csv, described in planets.md."""
