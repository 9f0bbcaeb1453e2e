"""Requests and responses in the form that Magento's Web API gives them."""
