"""Public categories: the tree, its slugs, its pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ariadne import InterfaceType, ObjectType

from adapters.records import PublicCategory, Website
from cache.reference import Labels
from resolvers.arguments import given, ids, page, page_bounds, words
from resolvers.images import file_name, picture_path, picture_url
from resolvers.info import Info
from resolvers.jsonld import collection_page
from resolvers.query import query
from resolvers.slugs import category_id_of, category_slug
from resolvers.view import ShopView

category_type = ObjectType("Category")
categories_type = InterfaceType("Categories", lambda *_: "CategoryList")


@dataclass(frozen=True, eq=False)
class CategoryTree:
    """The categories that a website shows, with the labels of a language."""

    labels: Labels
    website: Website

    @cached_property
    def nodes(self) -> Mapping[int, CategoryNode]:
        """By id, in display order."""
        return {
            category.id: CategoryNode(category, self)
            for category in self.labels.categories.values()
            if category.website_id in {None, self.website.id}
        }


@dataclass(frozen=True, eq=False)
class CategoryNode:
    """A category in its tree. ``answers``: see `resolvers.plans`."""

    category: PublicCategory
    tree: CategoryTree
    answers: dict[object, Any] = field(default_factory=dict)

    @cached_property
    def slug(self) -> str:
        return category_slug(self.category.name, self.category.id, self.category.slug)

    @property
    def picture(self) -> str:
        return picture_path("category", self.category.id, [self.category.updated_at])

    @property
    def parent(self) -> CategoryNode | None:
        return self.tree.nodes.get(self.category.parent_id or 0)

    @cached_property
    def children(self) -> list[CategoryNode]:
        found = map(self.tree.nodes.get, self.tree.labels.child_ids.get(self.category.id, ()))
        return [node for node in found if node is not None]

    @cached_property
    def path(self) -> list[CategoryNode]:
        """From the top category down to this one."""
        path: list[CategoryNode] = []
        node: CategoryNode | None = self
        while node is not None and node.category.id not in {step.category.id for step in path}:
            path.insert(0, node)
            node = node.parent
        return path


@dataclass(frozen=True, slots=True)
class CategoryPage:
    """A page of categories, and how many there are in all."""

    categories: list[CategoryNode]
    total: int


def category_tree(view: ShopView) -> CategoryTree:
    """The tree of the view's website and language: the same one for as long as these are the same."""
    inputs = (view.labels, view.website)
    return view.outcomes.of(
        ("category tree", view.lang, view.website.id), inputs, lambda: CategoryTree(*inputs), lambda _: 1_000
    )


def category_nodes(view: ShopView, category_ids: Iterable[int]) -> list[CategoryNode]:
    """Nodes of the categories that the website shows, in the order given."""
    found = map(category_tree(view).nodes.get, category_ids)
    return [node for node in found if node is not None]


def find_category(view: ShopView, slug: str) -> CategoryNode | None:
    """The category with this slug: set by hand, else by the id in it."""
    tree, wanted = category_tree(view), slug.rstrip("/")
    for category in view.labels.categories.values():
        if category.slug and category_slug(category.name, category.id, category.slug) == wanted:
            return tree.nodes.get(category.id)
    return tree.nodes.get(category_id_of(slug) or 0)


@query.field("categories")
async def resolve_categories(
    _: None,
    info: Info,
    *,
    currentPage: int | None = None,  # noqa: N803
    pageSize: int | None = None,  # noqa: N803
    filter: Mapping[str, Any] | None = None,  # noqa: A002
    search: str | None = None,
    sort: Mapping[str, Any] | None = None,
    language: str | None = None,
) -> CategoryPage:
    bounds = page_bounds(currentPage, pageSize)
    wanted, only, top = words(search, "search"), ids(given(filter).get("id"), "filter.id"), given(filter).get("parent")
    view = await info.context.view(language)
    nodes = [
        node
        for node in category_tree(view).nodes.values()
        if (only is None or node.category.id in only)
        and (not top or node.category.parent_id is None)
        and all(word.casefold() in node.category.name.casefold() for word in wanted)
    ]
    if by_id := given(sort).get("id"):
        nodes.sort(key=lambda node: node.category.id, reverse=by_id == "DESC")
    return CategoryPage(page(nodes, bounds), len(nodes))


@query.field("category")
async def resolve_category(
    _: None,
    info: Info,
    *,
    id: int | None = None,  # noqa: A002
    slug: str | None = None,
    language: str | None = None,
) -> CategoryNode | None:
    view = await info.context.view(language)
    return category_tree(view).nodes.get(id) if id is not None else find_category(view, slug or "")


@category_type.field("breadcrumb")
def resolve_breadcrumb(node: CategoryNode, _: Info) -> list[dict[str, Any]]:
    return [{"id": step.category.id, "name": step.category.name, "slug": step.slug} for step in node.path]


@category_type.field("jsonLd")
def resolve_json_ld(node: CategoryNode, _: Info) -> str:
    return collection_page(node.tree, node.category.name, node.slug, node.category.seo.description)


category_type.set_field("id", lambda node, _: node.category.id)
category_type.set_field("name", lambda node, _: node.category.name)
category_type.set_field("childs", lambda node, _: node.children or None)
category_type.set_field("image", lambda node, _: node.picture)
category_type.set_field("imageUrl", lambda node, _: picture_url(node.picture, node.category.name, node.category.id))
category_type.set_field("imageFilename", lambda node, _: file_name(node.category.name, node.category.id))
category_type.set_field("metaTitle", lambda node, _: node.category.seo.title or node.category.name)
category_type.set_field("metaDescription", lambda node, _: node.category.seo.description)
category_type.set_field("metaKeyword", lambda node, _: node.category.seo.keywords)
category_type.set_field("metaImage", lambda node, _: node.picture)

_list_type = ObjectType("CategoryList")
_list_type.set_field("totalCount", lambda found, _: found.total)

BINDABLES = [category_type, categories_type, _list_type]
