"""The cart: durable in Redis, priced without Odoo, and brought to Odoo as one draft order by a worker."""
