"""The double's wire protocols."""
