"""The templates of the catalogue, with their attribute lines, variants and pictures."""

from __future__ import annotations

import html
import math
from collections.abc import Iterator
from itertools import count, product
from random import Random
from typing import Final

from demo.wholesale import attributes, trees
from demo.wholesale.draws import ean13, mixed, stream
from demo.wholesale.families import DESCRIPTIONS, FAMILIES, MARK_ENDS, MARK_SIGNS, MARK_STARTS, Family
from demo.wholesale.goods import AttributeLine, Image, LineValue, Ribbon, Tag, Template, Variant
from demo.wholesale.pictures import picture
from demo.wholesale.plans import Plan, Plans
from demo.wholesale.selling import REWARDS
from demo.wholesale.world import Text

RIBBONS: Final = (
    Ribbon(1, "New!", "bg-primary o_ribbon_left", "#0275D8"),
    Ribbon(2, "Promo", "bg-success o_ribbon_left", "#198754"),
    Ribbon(3, "Outlet", "bg-danger o_ribbon_left", "#DC3545"),
)

TAGS: Final = (
    Tag(1, Text("Prescription only", "Sur ordonnance", "Op voorschrift"), "#3C3C3C"),
    Tag(2, Text("Cold chain ❄", "Chaîne du froid ❄", "Koelketen ❄"), "#1E88E5"),
    Tag(3, Text("Belgian", "Belge", "Belgisch"), "#FDD835"),
    Tag(4, Text("Bulk", "En vrac", "Bulk"), "#8D6E63"),
)

_META_TITLE: Final = Text("{} | Vetwholesale", "{} | Vetwholesale", "{} | Vetwholesale")
_META_DESCRIPTION: Final = Text(
    "{}: order today, delivered tomorrow.",
    "{} : commandé aujourd'hui, livré demain.",
    "{}: vandaag besteld, morgen geleverd.",
)
_NOTHING: Final = Text("")


class Catalogue:
    """Makes templates one after the other; ids of lines, values, variants and pictures run through all of them."""

    def __init__(self, plans: Plans) -> None:
        self._plans = plans
        self._line_ids = count(1)
        self._value_ids = count(1)
        self._variant_ids = count(1)
        self._image_ids = count(1)

    def templates(self) -> Iterator[Template]:
        """The planned templates, then the delivery services, then what the lines of promotions are."""
        for plan in self._plans.plans:
            yield self._template(plan, FAMILIES[plan.family])
        for number, (name, price) in enumerate(DELIVERIES, start=len(self._plans.plans) + 1):
            yield self._service(number, f"DELIVERY-{number}", name, price, (1,))
        for number, name in enumerate(REWARDS, start=len(self._plans.plans) + len(DELIVERIES) + 1):
            yield self._service(number, "", name, 0, ())

    def _template(self, plan: Plan, family: Family) -> Template:
        number = plan.template_id
        draw = stream(self._plans.seed, "template", number)
        name = _name(draw, family)
        price = _price(draw, *family.price)
        lines = self._lines(draw, plan, family, price)
        return Template(
            id=number,
            name=name,
            description=_described(name, DESCRIPTIONS[draw.randrange(len(DESCRIPTIONS))]),
            web_description=_web_description(name) if draw.random() < 0.2 else _NOTHING,
            kind=family.kind,
            category_id=trees.category_id(family.category),
            public_category_ids=_shelves(draw, family),
            uom_id=family.uom_id,
            tax_ids=(family.tax,),
            price=price,
            published=plan.published,
            active=plan.active,
            sellable=plan.sellable,
            sequence=10000 + 5 * number,
            meta_title=_described(name, _META_TITLE) if draw.random() < 0.8 else _NOTHING,
            meta_description=_described(name, _META_DESCRIPTION) if draw.random() < 0.7 else _NOTHING,
            meta_keywords=Text(*(text.lower().replace(" ", ",") for text in name)) if draw.random() < 0.4 else _NOTHING,
            ribbon_id=draw.choice(RIBBONS).id if draw.random() < 0.06 else None,
            tag_ids=tuple(tag.id for tag in TAGS if draw.random() < 0.08),
            alternative_ids=self._plans.recommended(number, draw.randrange(4), 1),
            accessory_ids=tuple(map(self._plans.first_variant, self._plans.recommended(number, draw.randrange(3), 2))),
            picture=picture(draw.randrange(24)) if draw.random() < 0.6 else "",
            lines=lines,
            images=self._images(draw, name),
            variants=tuple(self._variants(draw, plan, price, lines)),
        )

    def _lines(self, draw: Random, plan: Plan, family: Family, price: int) -> tuple[AttributeLine, ...]:
        sizes = dict(zip(family.axes, plan.shape, strict=True))
        wanted = {axis: size for axis, size in sizes.items() if size > 1}
        if not wanted and draw.random() < 0.3:
            wanted[family.axes[0]] = 1
        if draw.random() < 0.7:
            wanted[attributes.BRAND] = 1
        if draw.random() < 0.03:
            wanted[attributes.LABEL] = 2
        return tuple(self._line(draw, attribute, wanted[attribute], price) for attribute in sorted(wanted))

    def _line(self, draw: Random, attribute: int, size: int, price: int) -> AttributeLine:
        choices = attributes.value_ids(attribute)
        values = sorted(draw.sample(choices, size))
        step = _extra_step(draw, attribute, price) if size > 1 else 0
        return AttributeLine(
            next(self._line_ids),
            attribute,
            attributes.MAKES_VARIANTS[attribute],
            tuple(LineValue(next(self._value_ids), value, place * step) for place, value in enumerate(values)),
        )

    def _variants(self, draw: Random, plan: Plan, price: int, lines: tuple[AttributeLine, ...]) -> Iterator[Variant]:
        coded = draw.random() < 0.98
        cost_share = draw.uniform(0.42, 0.81)
        weight = round(draw.uniform(0.01, 4.0), 2)
        combinations = list(product(*(line.values for line in lines if line.makes_variants)))
        last_archived = len(combinations) > 2 and draw.random() < 0.1
        for place, values in enumerate(combinations, start=1):
            number = next(self._variant_ids)
            extra = sum(value.extra for value in values)
            yield Variant(
                id=number,
                template_id=plan.template_id,
                values=values,
                code=f"{1000 + plan.family}-{plan.template_id:06d}-{place:02d}" if coded else "",
                barcode=ean13(number) if mixed(self._plans.seed, number, 7) % 12 else "",
                extra=extra,
                cost=max(1, round((price + extra) * cost_share)),
                weight=round(weight * place, 2),
                active=plan.active and not (last_archived and place == len(combinations)),
            )

    def _images(self, draw: Random, name: Text) -> tuple[Image, ...]:
        number = draw.choice((1, 1, 2, 3)) if draw.random() < 0.15 else 0
        return tuple(Image(next(self._image_ids), f"{name.en} ({place})") for place in range(1, number + 1))

    def _service(self, number: int, code: str, name: Text, price: int, tax_ids: tuple[int, ...]) -> Template:
        variant = Variant(next(self._variant_ids), number, (), code, "", 0, price, 0.0, True)
        return Template(
            id=number,
            name=name,
            description=_NOTHING,
            web_description=_NOTHING,
            kind="service",
            category_id=trees.category_id("Delivery"),
            public_category_ids=(),
            uom_id=1,
            tax_ids=tax_ids,
            price=price,
            published=False,
            active=True,
            sellable=False,
            sequence=10000 + 5 * number,
            meta_title=_NOTHING,
            meta_description=_NOTHING,
            meta_keywords=_NOTHING,
            ribbon_id=None,
            tag_ids=(),
            alternative_ids=(),
            accessory_ids=(),
            picture="",
            lines=(),
            images=(),
            variants=(variant,),
        )


#: Names and prices (cents) of the services that the delivery carriers sell.
DELIVERIES: Final = (
    (Text("Own van (Belgium)", "Camionnette (Belgique)", "Eigen bestelwagen (België)"), 950),
    (Text("Express courier", "Coursier express", "Expreskoerier"), 1890),
    (Text("Pick-up at the depot", "Enlèvement au dépôt", "Afhalen in het depot"), 0),
    (Text("Parcel post", "Colis postal", "Postpakket"), 750),
)


def _name(draw: Random, family: Family) -> Text:
    mark = draw.choice(MARK_STARTS) + draw.choice(MARK_ENDS) + draw.choice(MARK_SIGNS)
    en, fr, nl = family.name.format(mark, draw.choice(family.strengths))
    missing = draw.random()
    return Text(en, "" if missing < 0.03 else fr, "" if missing > 0.97 else nl)


def _described(name: Text, pattern: Text) -> Text:
    """The pattern filled in with the name, in the languages that have both."""
    return Text(*(form.format(word) if form and word else "" for form, word in zip(pattern, name, strict=True)))


def _web_description(name: Text) -> Text:
    return Text(
        *(f"<p><strong>{html.escape(text)}</strong></p><p>ISO 9001 &amp; GMP</p>" if text else "" for text in name)
    )


def _price(draw: Random, lowest: int, highest: int) -> int:
    """Cents, spread evenly over the orders of magnitude; most prices end on 0, 5 or 9 cents."""
    price = round(math.exp(draw.uniform(math.log(lowest), math.log(highest))))
    ending = draw.random()
    if price < 100 or ending < 0.35:
        return price
    return price // 10 * 10 + (9 if ending < 0.6 else 5 if ending < 0.8 else 0)


def _extra_step(draw: Random, attribute: int, price: int) -> int:
    """What each further value of the attribute adds (cents); many add nothing."""
    likely, largest = (0.15, 0.05) if attribute in {attributes.COLOR, attributes.SPECIES} else (0.75, 0.8)
    if draw.random() >= likely or not attributes.MAKES_VARIANTS[attribute]:
        return 0
    return max(1, round(price * draw.uniform(0.01, largest)))


def _shelves(draw: Random, family: Family) -> tuple[int, ...]:
    if draw.random() < 0.02:
        return ()
    number = 2 if len(family.shelves) > 1 and draw.random() < 0.3 else 1
    return tuple(sorted(trees.public_category_id(name) for name in draw.sample(family.shelves, number)))
