"""One module per version of Odoo: what differs from the version before."""
