"""What an operator sets, by environment variables with the prefix ``HEADLESS_ODOO_``."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Every setting has a safe default but for the Odoo to use."""

    model_config = SettingsConfigDict(env_prefix="HEADLESS_ODOO_", extra="ignore", frozen=True)

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["console", "json"] = "json"

    odoo_url: str = "http://127.0.0.1:8069"
    odoo_db: str = "odoo"
    odoo_user: str = "admin"
    #: password, or an API key where the version has them
    odoo_password: SecretStr = SecretStr("")
    odoo_transport: Literal["auto", "jsonrpc", "xmlrpc", "json2"] = "auto"
    #: calls in flight at once: the number of Odoo's workers plus a few
    odoo_concurrency: int = Field(default=4, ge=1, le=256)
    odoo_timeout: float = Field(default=15.0, gt=0)
    odoo_connect_timeout: float = Field(default=2.0, gt=0)
    #: after so many calls in a row without an answer Odoo is left alone, but for one try in every pause (seconds)
    odoo_breaker_failures: int = Field(default=5, ge=1)
    odoo_breaker_pause: float = Field(default=2.0, gt=0)
    #: seconds after which several calls without an answer mean that Odoo hangs
    odoo_hanging: float = Field(default=4.0, gt=0)

    #: where processes share what they keep: redis://, rediss:// or unix://, several of a cluster with commas between
    redis_url: SecretStr | None = None
    #: shops that share a Redis need different ones; without it one is made from the address of Odoo and its database
    redis_namespace: str | None = Field(default=None, pattern=r"^[\w.:-]{1,64}$")

    #: where carts are kept, if not at redis_url: a Redis or Valkey with an append-only file that evicts nothing
    cart_redis_url: SecretStr | None = None
    #: a change of a cart is acknowledged when it is in the memory of Redis, on its disk, or on a replica's disk too
    cart_durability: Literal["memory", "fsync", "replica"] = "fsync"
    #: seconds for which a change may wait for the disk before it counts as not made
    cart_fsync_seconds: float = Field(default=2.5, gt=0)
    #: seconds after its last change for which a cart is kept: of guests, of customers, and one that became an order
    cart_guest_seconds: int = Field(default=5_184_000, ge=60)
    cart_customer_seconds: int = Field(default=34_560_000, ge=60)
    cart_closed_seconds: int = Field(default=2_592_000, ge=60)
    #: bring carts to Odoo in this process too; if none does, `headless-odoo worker` has to
    cart_sync: bool = True
    #: carts on their way to Odoo at once, of one process: fewer than odoo_concurrency, where pages are served as well
    cart_pushes: int = Field(default=2, ge=1, le=64)
    #: a cart that Odoo refuses so often is not tried again until it changes, or `headless-odoo carts retry`
    cart_tries: int = Field(default=8, ge=1)
    #: draft orders of carts that have ended that are taken away in a minute, by each process; 0: they stay in Odoo
    cart_drop_drafts: int = Field(default=20, ge=0, le=1000)

    #: what becomes of an order while Odoo is away: refused, or kept as a request that is confirmed when it is back
    place_when_down: Literal["refuse", "request"] = "refuse"
    #: who may order without paying first: `customers` that are signed in, `nobody`, or roles with commas between
    pay_on_account: str = Field(default="customers", min_length=1)
    #: where browsers reach this service when they come back from a provider of payments, such as https://api.example;
    #: without it public_url
    payment_return_url: str | None = Field(default=None, pattern=r"^https?://[^/?#@]+$")
    #: whole addresses of the shop's pages after a payment; without them /checkout/thank-you and /checkout/payment-fail
    #: of public_url
    payment_success_url: str | None = Field(default=None, pattern=r"^https?://[^/?#@]+(/[^#]*)?$")
    payment_error_url: str | None = Field(default=None, pattern=r"^https?://[^/?#@]+(/[^#]*)?$")
    newsletter_list: int | None = Field(default=None, ge=1)
    #: refuse orders beyond the buyer's limit of credit, where our user in Odoo may read it
    check_credit: bool = False

    #: bytes that the process may take for what it keeps; 0: only Redis keeps something, and nothing does without one
    local_cache_bytes: int = Field(default=64 * 1024 * 1024, ge=0)
    #: processes that make pictures, of each that serves; pages come before them
    picture_workers: int = Field(default=2, ge=1, le=64)
    #: pictures that may wait to be made; further ones are refused for a moment
    picture_queue: int = Field(default=256, ge=1)
    #: kinds in which pictures are sent to whoever takes them, the preferred one first, beside their own
    picture_kinds: Literal["avif,webp", "webp,avif", "webp", "avif", "none"] = "avif,webp"

    #: seconds between two looks at what changed in Odoo, of all processes together; 0: none
    poll_seconds: float = Field(default=10.0, ge=0)
    #: signs the body of POST /webhooks/odoo; without it there is no such address
    webhook_secret: SecretStr | None = Field(default=None, min_length=16)
    #: makes POST /webhooks/odoo/<secret>, for the plain webhooks that Odoo itself sends; without it there is none
    webhook_path_secret: SecretStr | None = Field(default=None, min_length=16)

    #: where products are indexed (https://search:9200); without it Odoo itself is searched
    opensearch_url: str | None = Field(default=None, pattern=r"^https?://")
    opensearch_user: str | None = None
    opensearch_password: SecretStr | None = None
    #: who signed its certificate (PEM), if not a known authority
    opensearch_ca_file: Path | None = None
    opensearch_timeout: float = Field(default=30.0, gt=0)
    #: seconds for one question of a page to the index; when they are over Odoo is asked instead
    search_timeout: float = Field(default=0.8, gt=0)
    #: names of indexes begin with it; shops that share an engine need different ones
    opensearch_prefix: str = Field(default="headless-odoo", pattern=r"^[a-z][a-z0-9_.-]{0,63}$")
    #: ask it as whoever asks the shop, so that it enforces their roles too; needs `headless-odoo roles push`
    opensearch_as_caller: bool = False
    #: copies of each index besides the first
    opensearch_replicas: int = Field(default=0, ge=0)
    #: keep the index up to date in this process too; if none does, `headless-odoo worker` or `index sync` has to
    index_sync: bool = True
    #: seconds between two syncs when nothing is announced, of all processes together
    index_seconds: float = Field(default=60.0, gt=0)
    #: seconds that the index may be behind Odoo before /readyz tells of it
    index_lag_seconds: float = Field(default=300.0, gt=0)
    #: folder of synonyms by language, such as fr.txt (docs/search.md)
    synonyms_dir: Path | None = None

    #: content beside Odoo (docs/content.md): a folder of files, or a Strapi; without either there is none
    content_dir: Path | None = None
    strapi_url: str | None = Field(default=None, pattern=r"^https?://")
    #: an API token that may find what is read
    strapi_token: SecretStr | None = None
    strapi_timeout: float = Field(default=10.0, gt=0)
    #: seconds for which content counts as fresh
    content_seconds: float = Field(default=60.0, gt=0)
    #: makes POST /webhooks/content, for a CMS that sends it as `Authorization: Bearer`; without it there is none
    content_webhook_secret: SecretStr | None = Field(default=None, min_length=16)

    #: the storefront's address, for it to be told which of its pages are old (docs/storefront.md), its keys
    storefront_url: str | None = Field(default=None, pattern=r"^https?://")
    storefront_key: SecretStr | None = None
    storefront_signing_secret: SecretStr | None = None
    #: the Redis in which the storefront looks for routes and stock
    storefront_redis_url: SecretStr | None = None

    #: how customers are told of news of what they follow (docs/subscriptions.md); off: nothing can be followed
    subscriptions: Literal["off", "odoo", "webhook"] = "off"
    #: where the shop is told, and what signs that
    subscriptions_webhook_url: str | None = Field(default=None, pattern=r"^https?://")
    subscriptions_webhook_secret: SecretStr | None = Field(default=None, min_length=16)
    #: seconds for which more news for a customer is waited for: what comes together is told together
    subscriptions_collect_seconds: float = Field(default=30.0, ge=0)

    #: seconds for which the shop's small tables count as fresh
    reference_seconds: float = Field(default=60.0, gt=0)
    #: the pricelist of guests; without it the one of the website's public customer
    pricelist_id: int | None = None
    #: show prices with tax; without it as the website is set up in Odoo
    prices_include_tax: bool | None = None

    #: who sees what (docs/roles.md); without it everybody sees everything
    roles_file: Path | None = None
    #: the address of the shop as browsers see it, such as https://shop.example; logins by browser and tokens need it
    public_url: str | None = Field(default=None, pattern=r"^https?://[^/?#@]+$")
    #: whose tokens are taken, and where one can log in by browser: a JSON list (docs/operations.md)
    issuers: SecretStr | None = None
    #: folder of the keys that sign the shop's own tokens, made by `headless-odoo keys rotate`; without it no tokens
    signing_keys_dir: Path | None = None
    #: the same keys as a file, a JWK set, where they are handed out as a secret
    signing_keys: Path | None = None
    #: seconds for which the shop's own tokens live
    token_seconds: int = Field(default=300, ge=10, le=3600)
    #: for whom they are, with commas between
    token_audience: str = Field(default="headless-odoo", min_length=1)
    #: whole addresses besides the shop's own to which a logout may lead, with commas between
    after_logout_urls: str | None = None
    #: the page that is told of a failed login by browser
    login_failed_path: str = Field(default="/login", pattern=r"^/([^/].*)?$")
    #: origins besides the shop's own whose pages may send mutations and read answers, with commas between
    allowed_origins: str | None = None
    #: addresses and networks of proxies and storefront servers that tell truly who the client is, with commas between
    trusted_proxies: str = "127.0.0.1,::1"
    #: the session cookie is sent by TLS alone; without it when public_url begins with https
    cookie_secure: bool | None = None
    #: seconds after which an unused session ends, and after which any does: of guests, customers, staff acting for them
    session_guest_seconds: int = Field(default=1_209_600, ge=1)
    session_guest_most: int = Field(default=5_184_000, ge=1)
    session_customer_seconds: int = Field(default=604_800, ge=1)
    session_customer_most: int = Field(default=2_592_000, ge=1)
    session_acting_seconds: int = Field(default=1_800, ge=1)
    session_acting_most: int = Field(default=28_800, ge=1)
    #: wrong passwords within `login_seconds` for one account and from one address; 0: no limit
    login_tries_account: int = Field(default=5, ge=0)
    login_tries_address: int = Field(default=20, ge=0)
    login_seconds: int = Field(default=900, ge=1)
    #: wrong passwords of all within a minute; below what makes Odoo shut out the BFF (5); 0: no limit
    login_tries_all: int = Field(default=4, ge=0)
    #: new sessions for guests within `guest_sessions_seconds` for one address; 0: no limit
    guest_sessions_address: int = Field(default=120, ge=0)
    guest_sessions_seconds: int = Field(default=3_600, ge=1)
    #: contacts that guests make in Odoo within `guest_contacts_seconds`: from one address, in one session; 0: no limit
    guest_contacts_address: int = Field(default=120, ge=0)
    guest_contacts_session: int = Field(default=12, ge=0)
    guest_contacts_seconds: int = Field(default=3_600, ge=1)
    #: manifest of the only documents that are answered, made by `headless-odoo documents`; without it all are
    trusted_documents: Path | None = None
    #: what operators send as `Authorization: Bearer`; without it there are none
    operator_token: SecretStr | None = Field(default=None, min_length=16)
    graphiql: bool = True
    introspection: bool = True
    max_body_bytes: int = Field(default=262_144, ge=1024)
    max_depth: int = Field(default=14, ge=1)
    max_aliases: int = Field(default=50, ge=0)
    max_tokens: int = Field(default=8_000, ge=100)
    max_cost: int = Field(default=100_000, ge=1)
    #: seconds for one request
    request_timeout: float = Field(default=30.0, gt=0)
