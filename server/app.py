"""The application, put together."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Protocol

import structlog
from graphql import GraphQLSchema
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from adapters.base import OdooAdapter
from adapters.connect import connect
from adapters.rpc import Credentials, OnCall, RpcLimits
from adapters.rpc.base import BreakerLimits
from cache.record_cache import RecordCache
from cache.reference import Clock, Reference, utc_now
from cache.responses import ResponseCache
from cache.store import Store
from cart.durability import CartsNotDurableError
from cart.placing import PlacingRules
from cart.store import CartStore, CartsUnavailableError
from identity.policy import Policies
from identity.role_file import open_roles, read_roles
from identity.roles import Definitions
from identity.visibility import SchemaFields
from resolvers.audience import Audiences
from resolvers.context import Services
from resolvers.outcomes import Outcomes
from resolvers.prices import PriceTables
from resolvers.schema import build_schema
from server import graphiql_page
from server.answers import INTERNAL, refusal
from server.at_once import AtOnce
from server.cart_sync import cart_worker
from server.connection import OdooConnection
from server.content import content_routes, open_library
from server.cors import Cors
from server.documents import Documents
from server.documents_routes import SECONDS_TO_PRINT, DocumentRoutes
from server.execution import Execution
from server.freshness import Freshness
from server.graphiql_page import GraphQLOrPage
from server.graphql_endpoint import GraphQLEndpoint, PostsFirst
from server.health import Health
from server.identification_origins import Origins
from server.identification_parts import Identification
from server.limits import Limits
from server.metrics import Metrics
from server.operations import Operations
from server.payment_returns import PaymentReturns, pages_of
from server.persisted import PersistedQueries
from server.picture_choice import kinds_of
from server.picture_pool import PicturePool
from server.pictures import Pictures
from server.product_index import product_index
from server.release import release_of
from server.replies import Replies
from server.request_ids import RequestIds, current_request_id
from server.searching import open_search
from server.settings import Settings
from server.shop_state import ShopLook
from server.storefront import Told, follow, storefront_routes
from server.stores import open_carts, open_store
from server.subscription_metrics import NewsMetrics
from server.subscriptions import open_follows, subscription_worker
from server.trusted import trusted_documents
from server.warming import read_tables

log = structlog.get_logger(__name__)

Handler = Callable[[Request], Awaitable[Response]]

#: the storefront appends its path to a base address that ends with a slash: hence the double one
GRAPHQL_PATHS = ("/graphql", "/graphql/vsf", "//graphql/vsf", "/graphql/alokai")
_METHODS = ["GET", "POST"]
_CODES = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}


class Connect(Protocol):
    """How an adapter is found and opened: `adapters.connect.connect`, or what stands in for it."""

    async def __call__(
        self, credentials: Credentials, *, transport: str, limits: RpcLimits, on_call: OnCall
    ) -> OdooAdapter: ...


class Closing(Protocol):
    """Something that has to be closed at the end."""

    async def close(self) -> None: ...


def open_adapter(
    settings: Settings, metrics: Metrics, connect: Connect = connect
) -> Callable[[], Awaitable[OdooAdapter]]:
    """How to connect to the Odoo of the settings."""
    credentials = Credentials(
        url=settings.odoo_url.rstrip("/"),
        database=settings.odoo_db,
        login=settings.odoo_user,
        secret=settings.odoo_password.get_secret_value(),
    )
    limits = RpcLimits(
        concurrency=settings.odoo_concurrency,
        connect_timeout=settings.odoo_connect_timeout,
        timeout=settings.odoo_timeout,
        breaker=BreakerLimits(
            failures=settings.odoo_breaker_failures,
            pause=settings.odoo_breaker_pause,
            hanging=settings.odoo_hanging,
        ),
    )

    async def opened() -> OdooAdapter:
        return await connect(credentials, transport=settings.odoo_transport, limits=limits, on_call=metrics.on_call)

    return opened


def definitions_of(settings: Settings, schema: GraphQLSchema) -> Definitions:
    """The roles of the settings' file; without one everybody sees everything. Raises RoleFileError for a bad file."""
    fields = SchemaFields.of(schema)
    return open_roles(fields) if settings.roles_file is None else read_roles(settings.roles_file, fields)


def graphql_endpoint(
    settings: Settings,
    schema: GraphQLSchema,
    store: Store,
    services: Services,
    metrics: Metrics,
    identification: Identification,
) -> GraphQLEndpoint:
    """The endpoint and what stands behind it."""
    audiences = Audiences(services)
    store.on_invalidated(audiences.forget)
    responses = ResponseCache(store, lease=settings.request_timeout)
    return GraphQLEndpoint(
        operations=Operations(
            schema,
            documents=Documents(schema, max_tokens=settings.max_tokens, introspection=settings.introspection),
            persisted=PersistedQueries(store, trusted_documents(settings)),
            limits=Limits(settings.max_depth, settings.max_aliases, settings.max_cost),
            guarded=services.policies.definitions.guarded,
        ),
        execution=Execution(schema, services, timeout=settings.request_timeout, sign_ins=identification.sign_ins),
        responses=responses,
        audiences=audiences,
        callers=identification.callers,
        replies=Replies(settings.local_cache_bytes // 4, clock=time.time),
        at_once=AtOnce(
            responses,
            identification.callers,
            limit=settings.local_cache_bytes // 4,
            max_body_bytes=settings.max_body_bytes,
            answered=partial(metrics.answered, "graphql"),
        ),
        metrics=metrics,
        release=release_of(schema),
        max_body_bytes=settings.max_body_bytes,
        body_seconds=settings.request_timeout,
    )


async def check_carts(carts: CartStore) -> None:
    """Say aloud what is not as it should be where carts are kept. The shop starts all the same.

    What cannot be kept as safely as it is asked for is refused, change by change.
    """
    try:
        await carts.check()
    except CartsNotDurableError as error:
        log.error("carts.not_durable", reason=str(error))  # noqa: TRY400  # it says all there is to say
    except CartsUnavailableError as error:
        log.warning("carts.unavailable", reason=str(error))


def create_app(settings: Settings, *, connect: Connect = connect, clock: Clock = utc_now) -> Starlette:
    """The ASGI application. It starts without Odoo, and connects as soon as there is one.

    ``connect`` opens the adapter; ``clock`` tells the moment that prices and best sellers are for.
    """
    metrics = Metrics()
    connection = OdooConnection(open_adapter(settings, metrics, connect))
    store = open_store(settings, metrics.on_cache_event)
    reference = Reference(connection.adapter, store, seconds=settings.reference_seconds, clock=clock)
    index = product_index(settings, store, connection, reference, metrics, clock)
    records = RecordCache(store, connection.adapter, resort=index.resort)
    freshness = Freshness(settings, store, connection)
    carts, carts_link = open_carts(settings)
    schema = build_schema()
    definitions = definitions_of(settings, schema)
    library = open_library(settings, store)
    search = open_search(settings, store, metrics, definitions, index.guard)
    told = Told(settings)
    follows = open_follows(settings)
    pages = pages_of(settings)
    services = Services(
        adapter=connection.adapter,
        reference=reference,
        records=records,
        prices=PriceTables(),
        outcomes=Outcomes(),
        invalidate=store.invalidate,
        policies=Policies(definitions),
        pricelist_id=settings.pricelist_id,
        prices_include_tax=settings.prices_include_tax,
        clock=clock,
        carts=carts,
        placing=PlacingRules(when_down=settings.place_when_down, credit=settings.check_credit),
        pay_on_account=settings.pay_on_account,
        newsletter_list=settings.newsletter_list,
        payment_return_url=None if pages is None else pages.come_back,
        content=library,
        redirects=told,
        search=search,
        look=ShopLook(settings, connection=connection, store=store, index=index, freshness=freshness),
        subscriptions=follows.kept,
    )
    identification = Identification(settings, definitions, store=store, records=records, adapter=connection.adapter)
    endpoint = graphql_endpoint(settings, schema, store, services, metrics, identification)
    # in memory of its own: many pictures do not drive out what pages are made of
    picture_store = open_store(settings, share=0.25)
    pictures = Pictures(
        services,
        timeout=settings.request_timeout,
        callers=identification.callers,
        store=picture_store,
        pool=PicturePool(workers=settings.picture_workers, waiting=settings.picture_queue),
        newer=kinds_of(settings.picture_kinds),
    )
    printed = DocumentRoutes(
        services, identification.callers, identification.sign_ins, timeout=settings.request_timeout + SECONDS_TO_PRINT
    )
    health = Health(connection, reference, store, index=index.wrong)
    worker = cart_worker(settings, services, metrics.carts) if settings.cart_sync else None
    following = follow(settings, services, store, told)
    news = subscription_worker(settings, services, store, follows)
    waiting_news = NewsMetrics(metrics.registry, follows.kept)

    async def warm_up() -> None:
        """Read the shop's tables before the first customer needs them; what was missed while Odoo was away, first."""
        if settings.poll_seconds:
            await freshness.feed.poll(at_once=False)
        await read_tables(reference)

    # in the order in which they are closed: who uses something goes before it
    parts: tuple[Closing | None, ...] = (
        following,
        news,
        worker,
        index,
        None if search is None else search.asking,
        freshness,
        endpoint,
        pictures,
        reference,
        records,
        library,
        identification,
        connection,
        picture_store,
        store,
        told,
        carts_link,
        follows,
    )

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        connection.start(warm_up)
        freshness.start()
        await check_carts(carts)
        for part in (worker, index, following, news):
            if part is not None:
                part.start()
        try:
            yield
        finally:
            for one in parts:
                if one is not None:
                    await one.close()

    graphql = GraphQLOrPage(endpoint) if settings.graphiql else endpoint

    async def show_metrics(_: Request) -> Response:
        await metrics.carts.look(carts)
        await index.look()
        await waiting_news.look()
        return metrics.page()

    routes: list[BaseRoute] = [
        Route(GRAPHQL_PATHS[0], graphql, methods=_METHODS),
        *(Route(path, endpoint, methods=_METHODS) for path in GRAPHQL_PATHS[1:]),
        Route("/healthz", health.alive),
        Route("/readyz", health.ready),
        Route("/metrics", show_metrics),
        *pictures.routes(lambda handler: _measured(metrics, "image", handler)),
        *printed.routes(lambda handler: _measured(metrics, "document", handler)),
        *([] if pages is None else PaymentReturns(services, pages).routes(partial(_measured, metrics, "payment"))),
        *freshness.routes(lambda handler: _measured(metrics, "webhook", handler)),
        *storefront_routes(services, lambda handler: _measured(metrics, "storefront", handler)),
        *content_routes(settings, store, lambda handler: _measured(metrics, "webhook", handler)),
        *identification.routes(),
    ]
    if settings.graphiql:
        routes.append(Mount("/graphiql", graphiql_page.static_files()))
    app = Starlette(
        routes=routes,
        lifespan=lifespan,
        middleware=[*_cors(settings), Middleware(PostsFirst, endpoint, GRAPHQL_PATHS), Middleware(RequestIds)],
        exception_handlers={HTTPException: _refused},
    )
    app.state.services = services
    app.state.identification = identification
    app.state.freshness = freshness
    app.state.store = store
    return app


def _cors(settings: Settings) -> list[Middleware]:
    """For pages of other origins, if there are any; the others are spared it."""
    if settings.allowed_origins is None:
        return []
    return [Middleware(Cors, Origins(settings.public_url, settings.allowed_origins.split(",")), GRAPHQL_PATHS)]


async def _refused(_: Request, error: Exception) -> Response:
    """No such route, or not with this method."""
    assert isinstance(error, HTTPException)  # noqa: S101  # it is registered for these
    code = _CODES.get(error.status_code, "BAD_REQUEST")
    return refusal(error.status_code, code, f"{error.detail}.", error.headers)


def _measured(metrics: Metrics, route: str, handler: Handler) -> Handler:
    """The handler, with its answers counted and timed. What it lets escape is logged, and told as nothing more."""

    async def measured(request: Request) -> Response:
        started = time.perf_counter()
        try:
            response = await handler(request)
        except Exception:
            log.exception("request.failed", route=route)
            response = refusal(500, INTERNAL, "An unexpected error occurred.", requestId=current_request_id())
        metrics.answered(route, response.status_code, time.perf_counter() - started)
        return response

    return measured
