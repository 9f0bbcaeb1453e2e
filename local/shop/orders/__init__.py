"""The order table and its search criteria."""
