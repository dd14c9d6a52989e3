"""What is changed in Odoo."""
