"""The AWS services that the functions use: Lambda, HTTP API and schedule from template.yaml; SSM and SQS by moto."""
