"""AWS: parameters in SSM, and asynchronous invocations."""
