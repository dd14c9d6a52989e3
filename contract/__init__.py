"""The contract: what the shop is answered, whichever Odoo stands behind it.

Two suites prove an adapter:

* golden answers (`contract.golden`): the same requests to the generated shop are answered byte for byte alike by
  every version; ``python -m contract check`` and ``python -m contract record``;
* the structural suite (`contract.suite`): what must hold for any shop, run on any Odoo with
  ``pytest --pyargs contract.suite --odoo-url ...`` (`contract.plugin`).
"""
