"""The schema's fields: from the records of an adapter to answers."""
