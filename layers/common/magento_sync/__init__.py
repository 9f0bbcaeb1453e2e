"""Fills a Next.js app's Customer table with the orders of Magento 2 shops. See docs/architecture.md for the rooms."""

import gc

__version__ = "0.1.0"

# A cold start's imports make 40,000 objects, all of which stay. By default Python looks for garbage among the newest of
# them 30 times, which takes a twentieth of the imports' time.
gc.set_threshold(50_000)
