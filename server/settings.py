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

    #: bytes that the process may take for what it keeps; 0: only Redis keeps something, and nothing does without one
    local_cache_bytes: int = Field(default=64 * 1024 * 1024, ge=0)
    #: seconds between two looks at what changed in Odoo, of all processes together; 0: none
    poll_seconds: float = Field(default=10.0, ge=0)
    #: signs the body of POST /webhooks/odoo; without it there is no such address
    webhook_secret: SecretStr | None = Field(default=None, min_length=16)
    #: makes POST /webhooks/odoo/<secret>, for the plain webhooks that Odoo itself sends; without it there is none
    webhook_path_secret: SecretStr | None = Field(default=None, min_length=16)

    #: seconds for which the shop's small tables count as fresh
    reference_seconds: float = Field(default=60.0, gt=0)
    #: the pricelist of guests; without it the one of the website's public customer
    pricelist_id: int | None = None
    #: show prices with tax; without it as the website is set up in Odoo
    prices_include_tax: bool | None = None

    #: who sees what (docs/roles.md); without it everybody sees everything
    roles_file: Path | None = None
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
