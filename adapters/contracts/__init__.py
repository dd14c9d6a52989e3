"""Parts of the contract of `adapters.base`, a module per subject."""
