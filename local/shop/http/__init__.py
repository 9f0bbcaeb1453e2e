"""HTTP as Magento speaks it."""
