"""Fills a Next.js app's Customer table with the orders of Magento 2 shops. See docs/architecture.md for the rooms."""

__version__ = "0.1.0"
