"""One checked connection, transactions, and what is retried."""
