"""`template.yaml`, as far as the local stack needs it."""
