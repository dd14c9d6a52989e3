"""The read side of the contract, one module per part of the shop, over any version's profile."""
