"""The product index: documents made of Odoo's records, kept in OpenSearch, and the queries that are asked of it."""
