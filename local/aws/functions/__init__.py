"""A small Lambda that runs the built functions with AWS's own runtime client."""
