"""The contract between the shop's side and any Odoo.

Every read is batch-first: a list of ids in, records out, in a number of remote calls that does not grow with the
length of the list. Ids that do not exist are left out of the answer. All methods raise members of
`adapters.errors` and nothing else. ``lang`` is an Odoo language code such as ``fr_FR``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from adapters.contracts.notices import NoticeContract
from adapters.contracts.orders import OrderContract
from adapters.contracts.payments import PaymentContract
from adapters.contracts.stats import StatsContract
from adapters.contracts.visitors import VisitorContract
from adapters.records import (
    Account,
    Attribute,
    AttributeValue,
    Basket,
    Change,
    Changes,
    Company,
    Country,
    Currency,
    Customer,
    CustomerChange,
    ImageContent,
    Language,
    Picture,
    Product,
    ProductLinks,
    ProductMatch,
    ProductQuery,
    ProductTag,
    PublicCategory,
    Ribbon,
    StockLevel,
    TemplateValue,
    Warehouse,
    Website,
)
from adapters.records.contacts import Contact, ContactKind, ContactValues, FiscalPosition
from adapters.records.pricing import CurrencyRates, Pricelist, PricelistRule, PricingPolicy, Tax, Uom


@dataclass(frozen=True, slots=True)
class Missing:
    """A model or field of Odoo that the schema would like and this Odoo has not; ``effect`` says what will not work."""

    model: str
    fields: tuple[str, ...]
    effect: str
    required: bool


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an adapter found when it looked at its Odoo."""

    version: str
    adapter: str
    transport: str
    missing: tuple[Missing, ...] = field(default=())


class CatalogueReads(Protocol):
    """The reads of `OdooAdapter` that pages of the catalogue are made of: what else knows products can stand in for it.

    What stands in raises OdooUnavailableError when it cannot answer either.
    """

    async def find_products(self, query: ProductQuery, lang: str) -> list[ProductMatch]: ...

    async def find_by_barcode(self, barcode: str) -> int | None: ...

    async def find_by_codes(self, codes: Sequence[str]) -> dict[str, tuple[int, ...]]: ...

    async def template_values(self, template_ids: Sequence[int]) -> list[TemplateValue]: ...

    async def products(
        self,
        template_ids: Sequence[int],
        lang: str,
        *,
        values: Sequence[TemplateValue] | None = None,
        updated_at: Mapping[int, datetime] | None = None,
    ) -> list[Product]: ...

    async def links(self, template_ids: Sequence[int]) -> list[ProductLinks]: ...

    async def templates_of(self, variant_ids: Sequence[int]) -> dict[int, int]: ...

    async def stock(self, template_ids: Sequence[int], warehouses: Sequence[Warehouse]) -> list[StockLevel]: ...

    async def image_owner(self, image_id: int) -> int | None: ...

    async def product_rules(
        self, template_ids: Sequence[int], variant_ids: Sequence[int], pricelist_ids: Sequence[int]
    ) -> list[PricelistRule]: ...


class OdooAdapter(OrderContract, StatsContract, VisitorContract, PaymentContract, NoticeContract, ABC):
    """Odoo as the shop sees it. Stateless but for its connection; safe to share between tasks of one loop."""

    #: the Odoo serie this adapter was written for, e.g. "19.0"
    serie: str
    #: how this version prices as it is shipped
    pricing_policy: PricingPolicy

    async def database_policy(self) -> PricingPolicy:
        """How this Odoo prices, handed to the pricing engine: the version's way, with the decimals of its database."""
        return self.pricing_policy

    # -- connection -------------------------------------------------------------------------------------------

    @abstractmethod
    async def inspect(self) -> Capabilities:
        """Ask Odoo which models and fields it has and remember it: later reads leave out what is missing.

        Raises OdooAccessError when the credentials are not accepted.
        """

    @abstractmethod
    async def ping(self) -> None:
        """One cheap authenticated call; raises when Odoo does not answer it."""

    @abstractmethod
    async def close(self) -> None: ...

    # -- the shop: small tables, read whole -------------------------------------------------------------------

    @abstractmethod
    async def websites(self, lang: str | None = None) -> list[Website]: ...

    @abstractmethod
    async def companies(self) -> list[Company]: ...

    @abstractmethod
    async def languages(self) -> list[Language]: ...

    @abstractmethod
    async def currencies(self) -> list[Currency]: ...

    @abstractmethod
    async def countries(self, lang: str) -> list[Country]: ...

    @abstractmethod
    async def warehouses(self) -> list[Warehouse]: ...

    @abstractmethod
    async def categories(self, lang: str) -> list[PublicCategory]:
        """All public categories, by sequence and id."""

    @abstractmethod
    async def attributes(self, lang: str) -> tuple[list[Attribute], list[AttributeValue]]: ...

    @abstractmethod
    async def tags(self, lang: str) -> list[ProductTag]: ...

    @abstractmethod
    async def ribbons(self, lang: str) -> list[Ribbon]: ...

    # -- products ---------------------------------------------------------------------------------------------

    @abstractmethod
    async def find_products(self, query: ProductQuery, lang: str) -> list[ProductMatch]:
        """Every published, sellable product that matches, in the query's order and then by id."""

    @abstractmethod
    async def find_by_barcode(self, barcode: str) -> int | None:
        """The product (template) id of the active variant with this barcode."""

    @abstractmethod
    async def find_by_codes(self, codes: Sequence[str]) -> dict[str, tuple[int, ...]]:
        """The active variants that have one of the codes as SKU or barcode: their ids by code, published or not."""

    @abstractmethod
    async def template_values(self, template_ids: Sequence[int]) -> list[TemplateValue]:
        """The attribute values that these products offer, ordered by product."""

    @abstractmethod
    async def products(
        self,
        template_ids: Sequence[int],
        lang: str,
        *,
        values: Sequence[TemplateValue] | None = None,
        updated_at: Mapping[int, datetime] | None = None,
    ) -> list[Product]:
        """Products with their active variants and pictures, published or not, in the order of the ids.

        ``values`` (their attribute values) and ``updated_at`` (by product) save a call each when already read.
        """

    @abstractmethod
    async def links(self, template_ids: Sequence[int]) -> list[ProductLinks]:
        """Alternatives and accessories of these products."""

    @abstractmethod
    async def templates_of(self, variant_ids: Sequence[int]) -> dict[int, int]:
        """The product (template) id of each active variant."""

    @abstractmethod
    async def stock(self, template_ids: Sequence[int], warehouses: Sequence[Warehouse]) -> list[StockLevel]:
        """Free quantities of these products' variants; a variant without a row has none in that warehouse."""

    @abstractmethod
    async def units_sold(self, since: datetime) -> dict[int, Decimal]:
        """Units in confirmed sales orders since then, by product (template) id."""

    async def baskets(self, most: int) -> list[Basket]:
        """What confirmed sales orders hold, the newest first, about ``most`` lines in all; none without sales.

        For counting alone: the oldest order may lack lines.
        """
        del most
        return []

    @abstractmethod
    async def image_owner(self, image_id: int) -> int | None:
        """The product (template) id that an extra picture belongs to."""

    @abstractmethod
    async def image(self, picture: Picture, size: int) -> ImageContent | None:
        """The picture in the smallest stored size of at least ``size`` pixels; None when there is no such record."""

    # -- pricing's raw material -------------------------------------------------------------------------------

    @abstractmethod
    async def pricelists(self) -> list[Pricelist]:
        """All active pricelists, in Odoo's order."""

    @abstractmethod
    async def shop_rules(self) -> list[PricelistRule]:
        """Every pricelist rule that is not bound to a product: those of categories and of everything."""

    @abstractmethod
    async def product_rules(
        self, template_ids: Sequence[int], variant_ids: Sequence[int], pricelist_ids: Sequence[int]
    ) -> list[PricelistRule]:
        """The rules of these pricelists bound to these products or variants."""

    @abstractmethod
    async def category_parents(self) -> dict[int, int | None]:
        """The internal categories that rules can be bound to: id -> parent id."""

    @abstractmethod
    async def currency_rates(self, company_id: int) -> CurrencyRates:
        """The company's currency rates, its own before those shared by all."""

    @abstractmethod
    async def uoms(self) -> list[Uom]: ...

    @abstractmethod
    async def taxes(self) -> list[Tax]: ...

    # -- customers --------------------------------------------------------------------------------------------

    @abstractmethod
    async def verify_password(self, login: str, password: str, *, client: str | None = None) -> int | None:
        """The id of the active user with that login and password; None when there is none.

        ``client``: the customer's IP address. Odoo from 14.0 on shuts out an address after a few refused logins
        (`base.login_cooldown_after`), and takes this one for ours only in proxy mode: bound tries before asking.
        Raises OdooLockedOutError while it is shut out, OdooSecondFactorError when a password is not enough.
        """

    @abstractmethod
    async def customer(self, *, user_id: int | None = None, partner_id: int | None = None) -> Customer | None:
        """One customer, by user or by contact; None when there is no such record. Archived ones are told as such."""

    @abstractmethod
    async def customers(self, partner_ids: Sequence[int]) -> list[Customer]:
        """Customers by contact, in the order of the ids."""

    @abstractmethod
    async def find_account(self, email: str) -> Account | None:
        """The user that an e-mail address means: by login, else the only active one with that address.

        Raises OdooRejectedError when the user with that login is archived.
        """

    @abstractmethod
    async def register(
        self, *, name: str, email: str, password: str, lang: str | None = None, company_id: int | None = None
    ) -> int:
        """Make a portal user (and their contact) who logs in with the address, in lower case; the user's id.

        ``company_id``: the company of the website they register on. No mail is sent, and no contact that exists is
        taken over: an address proves nothing. Raises OdooLoginTakenError, or OdooRejectedError with Odoo's reason.
        """

    @abstractmethod
    async def update_customer(self, partner_id: int, change: CustomerChange) -> None:
        """Change a contact. The login of its user stays. Raises OdooNotFoundError, OdooRejectedError."""

    @abstractmethod
    async def change_password(self, user_id: int, old: str, new: str, *, client: str | None = None) -> bool:
        """Set a new password if the old one is right, else False. Raises what `verify_password` raises."""

    @abstractmethod
    async def set_password(self, user_id: int, new: str) -> None:
        """Set a password without asking for the old one. Raises OdooRejectedError: empty, or too simple for Odoo."""

    @abstractmethod
    async def reset_password(self, email: str) -> Account:
        """Have Odoo mail its link for a new password to the user of `find_account`.

        Raises OdooRejectedError when it is not exactly one, or archived; OdooError when no mail could be sent.
        """

    @abstractmethod
    async def set_password_by_token(self, token: str, new: str) -> int:
        """Set a password by the token of the mailed link, which is used up; the user's id.

        Raises OdooRejectedError when the token is wrong, used or too old.
        """

    # -- contacts ---------------------------------------------------------------------------------------------

    @abstractmethod
    async def contacts(self, ids: Sequence[int], *, company_id: int | None = None) -> list[Contact]:
        """Contacts in the order of the ids, archived ones too.

        ``company_id``: the shop's company for which fiscal position, payment term and pricelist are told.
        """

    @abstractmethod
    async def addresses(
        self, commercial_partner_id: int, *, company_id: int | None = None, persons: bool = False
    ) -> list[Contact]:
        """The buyer and its invoice, delivery and other addresses, but those archived; the newest first.

        ``persons``: the buyer's contact persons as well. Nothing when there is no such buyer.
        """

    @abstractmethod
    async def create_contact(
        self, values: ContactValues, *, kind: ContactKind, parent_id: int | None = None, is_company: bool = False
    ) -> int:
        """Make a contact; its id. Addresses need no name.

        Raises OdooRejectedError: no name, no such country, a state of another country, or a rule of Odoo's own.
        """

    @abstractmethod
    async def update_contact(self, contact_id: int, values: ContactValues) -> None:
        """Change a contact; a state that is not one of its new country goes.

        Raises OdooNotFoundError, and OdooRejectedError as `create_contact` does.
        """

    @abstractmethod
    async def archive_contact(self, contact_id: int) -> None:
        """Take a contact out of use; what refers to it stays. Raises OdooNotFoundError, OdooRejectedError."""

    @abstractmethod
    async def fiscal_positions(self) -> list[FiscalPosition]:
        """All active fiscal positions, of all companies, in Odoo's order."""

    # -- change -----------------------------------------------------------------------------------------------

    @abstractmethod
    async def changes_since(self, cursor: str | None) -> Changes:
        """What changed after the cursor; with None nothing but a first cursor. May repeat a change, never lose one."""

    @abstractmethod
    async def change_of(self, model: str, record_ids: Sequence[int]) -> list[Change]:
        """What it means that these records of a model of Odoo were made, written or deleted; nothing if no matter.

        For many records at once: the number of calls does not grow with theirs.
        """

    def forget(self) -> None:
        """Products changed: what an adapter keeps of them between calls, to save some, must be read anew."""
        return
