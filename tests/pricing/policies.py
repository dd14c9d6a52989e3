"""How the three recorded versions price: what their adapters say, held against what real Odoos answered."""

from __future__ import annotations

from adapters.versions.v10 import Odoo10Adapter
from adapters.versions.v14 import Odoo14Adapter
from adapters.versions.v19 import Odoo19Adapter

ODOO_10 = Odoo10Adapter.pricing_policy
ODOO_14 = Odoo14Adapter.pricing_policy
ODOO_19 = Odoo19Adapter.pricing_policy
POLICIES = {"10.0": ODOO_10, "14.0": ODOO_14, "19.0": ODOO_19}
