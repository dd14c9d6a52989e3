"""Odoo, and nothing but Odoo: the records, the contract, one module per version, the transports."""
