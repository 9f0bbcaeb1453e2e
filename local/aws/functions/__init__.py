"""A small Lambda that runs the built functions by the real runtime client."""
