"""The shop in the tables of each Odoo version."""

from __future__ import annotations

from typing import Final

from demo.wholesale.layouts.base import Layout
from demo.wholesale.layouts.v10 import Layout10
from demo.wholesale.layouts.v14 import Layout14
from demo.wholesale.layouts.v19 import Layout19

LAYOUTS: Final[dict[str, type[Layout]]] = {layout.version: layout for layout in (Layout10, Layout14, Layout19)}
