"""Groups of users: Odoo's own, with the ids that a version gives them, and two of this shop."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

PROFESSIONAL: Final = "vetwholesale.group_professional"
SHAREHOLDER: Final = "vetwholesale.group_shareholder"


class Group(NamedTuple):
    """``shared``: of people outside the company. ``implied``: ids of the groups one has with it."""

    id: int
    name: str
    xml_id: str
    shared: bool = False
    implied: tuple[int, ...] = ()


#: The shop's own, with the same ids everywhere.
OWN: Final = (
    Group(90, "Professional", PROFESSIONAL, shared=True),
    Group(91, "Shareholder", SHAREHOLDER, shared=True, implied=(90,)),
)


class Groups:
    """All groups of a version, and which of them each role has."""

    def __init__(self, known: Iterable[Group], roles: Mapping[str, tuple[str, ...]]) -> None:
        self.all = tuple(sorted((*known, *OWN)))
        self._by_name = {group.xml_id: group for group in self.all}
        self._by_id = {group.id: group for group in self.all}
        self._roles = roles

    def of(self, role: str, others: Iterable[str] = ()) -> list[int]:
        """Ids of the groups given to a user of that role, and of the ``others`` by external id."""
        return sorted(self._by_name[xml_id].id for xml_id in (*self._roles[role], *others))

    def with_implied(self, group_ids: Iterable[int]) -> list[int]:
        """The groups and those they imply."""
        found: set[int] = set()
        waiting = list(group_ids)
        while waiting:
            group = self._by_id[waiting.pop()]
            found.add(group.id)
            waiting += [implied for implied in group.implied if implied not in found]
        return sorted(found)


#: The groups of each role, by external id.
ROLES: Final[Mapping[str, tuple[str, ...]]] = {
    "admin": ("base.group_user", "base.group_system", "sales_team.group_sale_manager"),
    "service": (
        "base.group_user",
        "base.group_partner_manager",
        "base.group_erp_manager",
        "sales_team.group_sale_salesman_all_leads",
    ),
    "staff": ("base.group_user", "sales_team.group_sale_salesman_all_leads"),
    "portal": ("base.group_portal",),
    "public": ("base.group_public",),
}


def known_groups(ids: tuple[int, int, int, int, int, int, int, int], names: tuple[str, ...]) -> Groups:
    """A version's groups: ids and names of user, access rights, settings, contact creation, portal, public, both of
    sales.
    """
    user, manager, system, contacts, portal, public, sales, sales_manager = ids
    return Groups(
        (
            Group(user, names[0], "base.group_user"),
            Group(manager, names[1], "base.group_erp_manager"),
            Group(system, names[2], "base.group_system", implied=(manager,)),
            Group(contacts, names[3], "base.group_partner_manager"),
            Group(portal, names[4], "base.group_portal", shared=True),
            Group(public, names[5], "base.group_public", shared=True),
            Group(sales, names[6], "sales_team.group_sale_salesman_all_leads", implied=(user,)),
            Group(sales_manager, names[7], "sales_team.group_sale_manager", implied=(sales,)),
        ),
        ROLES,
    )
