"""The whole system on one machine without Docker or an AWS account: database, shops, Lambda, HTTP API, schedule."""
