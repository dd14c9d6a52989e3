"""Who asks, what they may see, and staff who act for customers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import structlog
from ariadne import ObjectType

from identity.identity import Identity
from identity.policy import EffectivePolicy
from identity.roles import Definitions
from resolvers.accounts_tries import sign_ins
from resolvers.context import RequestContext
from resolvers.errors import ForbiddenError
from resolvers.info import Info
from resolvers.mutation import mutation
from resolvers.partners import own_customer, pricelist_answer
from resolvers.query import query

log = structlog.get_logger(__name__)

viewer_type = ObjectType("Viewer")
actor_type = ObjectType("Actor")


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asked when it was resolved: a later mutation of the same request may make somebody else of them."""

    identity: Identity

    @property
    def name(self) -> str | None:
        return self.identity.name or None

    @property
    def email(self) -> str | None:
        return self.identity.email

    @property
    def staff(self) -> bool:
        return self.identity.staff


def visible_fields(definitions: Definitions, policy: EffectivePolicy) -> list[dict[str, Any]]:
    """The visible fields of each guarded type, in order."""
    return [
        {
            "type": type_name,
            "fields": [
                name for name in sorted(definitions.schema.types[type_name]) if policy.field_visible(type_name, name)
            ],
        }
        for type_name in sorted(definitions.guarded)
    ]


@query.field("viewer")
def resolve_viewer(_: None, info: Info) -> Viewer:
    return Viewer(info.context.identity)


@viewer_type.field("language")
async def resolve_language(viewer: Viewer, info: Info) -> str:
    return viewer.identity.language or (await info.context.view()).lang


@viewer_type.field("company")
async def resolve_company(viewer: Viewer, info: Info) -> dict[str, Any] | None:
    if viewer.identity.partner_id is None:
        return None
    customer = await own_customer(info.context)
    return {"id": customer.commercial_partner_id, "name": customer.commercial_name}


@viewer_type.field("pricelist")
async def resolve_pricelist(_: Viewer, info: Info) -> dict[str, Any] | None:
    view = await info.context.view()
    return pricelist_answer(view, view.pricer.pricelist)


@viewer_type.field("roles")
async def resolve_roles(_: Viewer, info: Info) -> list[dict[str, Any]]:
    definitions = info.context.services.policies.definitions
    known = (await info.context.view()).policy.roles
    return [{"name": name, "title": definitions.roles[name].title or None} for name in known]


@viewer_type.field("seesAllProducts")
async def resolve_sees_all_products(_: Viewer, info: Info) -> bool:
    return (await info.context.view()).policy.sees_everything


@viewer_type.field("visibleFields")
async def resolve_visible_fields(_: Viewer, info: Info) -> list[dict[str, Any]]:
    policy = (await info.context.view()).policy
    return visible_fields(info.context.services.policies.definitions, policy)


@viewer_type.field("token")
def resolve_token(_: Viewer, info: Info) -> dict[str, Any] | None:
    signs = info.context.signing_in
    issued = signs.access_token(info.context) if signs is not None else None
    return None if issued is None else {"value": issued[0], "expiresIn": issued[1]}


viewer_type.set_field("isGuest", lambda viewer, _: viewer.identity.is_guest)
viewer_type.set_field("actedBy", lambda viewer, _: viewer.identity.acted_by)
actor_type.set_field("partnerId", lambda actor, _: actor.partner_id)


# -- acting for a customer ----------------------------------------------------------------------------------------


@mutation.field("actFor")
async def resolve_act_for(_: None, info: Info, partnerId: int) -> Viewer:  # noqa: N803
    context = info.context
    if not context.identity.staff or context.identity.acted_by is not None:
        raise ForbiddenError("This is for the shop's staff.")
    return Viewer(await sign_ins(context).act_for(context, partnerId))


@mutation.field("stopActing")
async def resolve_stop_acting(_: None, info: Info) -> Viewer:
    context = info.context
    _check_acts(context)
    who = context.identity.who
    await sign_ins(context).end(context)
    log.info("account.acting_stopped", who=who)
    return Viewer(context.identity)


def _check_acts(context: RequestContext) -> None:
    if context.identity.acted_by is None:
        raise ForbiddenError("You act for nobody.")


BINDABLES = [viewer_type, actor_type]
