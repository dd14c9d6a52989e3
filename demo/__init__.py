"""An Odoo double, and the wholesale shop that it holds."""
