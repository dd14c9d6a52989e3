"""What holds for any shop in front of any Odoo. See `contract.plugin` for how to run it."""
