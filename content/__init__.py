"""Content beside Odoo: pages, blocks, menus, banners, and texts for products, from a CMS or a folder of files."""
