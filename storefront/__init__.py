"""What the storefront beside us is told: which pages there are, what is in stock, and what of its caches is old."""
