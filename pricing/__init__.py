"""Pricelist rules and taxes as data, and the engine that evaluates them as Odoo does."""
