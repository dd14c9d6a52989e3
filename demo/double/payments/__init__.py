"""Payments: what Odoo's website does for widgets of Stripe and Adyen, and these two, played as far as it asks them."""
