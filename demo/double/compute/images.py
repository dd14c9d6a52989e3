"""Pictures: a dataset stores them where it has them, usually in the widest field alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from demo.double.compute.registry import COMPUTED, ONLY_10, SINCE_14

if TYPE_CHECKING:
    from demo.dataset import Row
    from demo.double.env import Env

_SIZES_10 = ("image", "image_medium", "image_small")
_SIZES_14 = ("image_1920", "image_1024", "image_512", "image_256", "image_128")
_WITH_PICTURE = (
    "product.template product.public.category product.image res.partner res.country payment.acquirer "
    "payment.provider product.attribute.value"
)


def _narrower(names: tuple[str, ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Each size with the wider ones it can be made from, nearest first."""
    return tuple((name, tuple(reversed(names[: index + 1]))) for index, name in enumerate(names))


def _register(sizes: tuple[str, ...], versions: tuple[str, ...]) -> None:
    for name, sources in _narrower(sizes):

        @COMPUTED.field(_WITH_PICTURE, name, versions)
        def own(_env: Env, row: Row, sources: tuple[str, ...] = sources) -> Any:
            return first(row, sources)


def first(row: Row, names: tuple[str, ...]) -> Any:
    return next((row[name] for name in names if row.get(name)), False)


_register(_SIZES_10, ONLY_10)
_register(_SIZES_14, SINCE_14)


def _register_variant(sizes: tuple[str, ...], versions: tuple[str, ...]) -> None:
    for name, sources in _narrower(sizes):
        variant = (
            ("image_variant",)
            if versions == ONLY_10
            else tuple(source.replace("image_", "image_variant_") for source in sources)
        )

        @COMPUTED.field("product.product", name, versions)
        def shown(env: Env, row: Row, name: str = name, variant: tuple[str, ...] = variant) -> Any:
            """The variant's own picture, or else its template's."""
            template = env.row("product.template", row.get("product_tmpl_id"))
            return first(row, variant) or (False if template is None else env.value("product.template", template, name))

        if versions != ONLY_10:

            @COMPUTED.field("product.product", name.replace("image_", "image_variant_"), versions)
            def own(_env: Env, row: Row, variant: tuple[str, ...] = variant) -> Any:
                return first(row, variant)


_register_variant(_SIZES_10, ONLY_10)
_register_variant(_SIZES_14, SINCE_14)
