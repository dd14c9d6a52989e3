"""The life of an order: what Odoo's sales, delivery, coupon and invoicing modules do with it, by version."""
