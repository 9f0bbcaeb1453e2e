"""The part of AWS that the functions meet: Lambda, its HTTP API and schedule, read from template.yaml, and moto's SSM and SQS."""
