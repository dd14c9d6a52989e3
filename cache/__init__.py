"""What is kept so that Odoo is asked less."""
