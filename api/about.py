"""What holds for the whole installation: currency, categories, where Neo4j Browser is."""

from __future__ import annotations

from litestar import get
from msgspec import Struct, field

from api.lifespan import GivenServices
from graph.catalog import Query, load_catalog
from graph.model import Category, CategoryClass


class CategoryView(Struct, frozen=True, kw_only=True):
    """A row of the taxonomy: tracing stops at `illicit` and `service`, and passes through `neutral`.

    `severity`, in [0, 1], orders categories where several are claimed of one wallet.
    """

    name: str
    class_: CategoryClass = field(name="class")
    severity: float
    title: str

    @classmethod
    def from_category(cls, category: Category) -> CategoryView:
        """Return the row as on the wire."""
        return cls(name=category.name, class_=category.class_, severity=category.severity, title=category.title)


class BrowserQueryView(Struct, frozen=True, kw_only=True):
    """A saved question for Neo4j Browser: `text` is Cypher, `parameters` gives the type of each of its parameters."""

    name: str
    purpose: str
    parameters: dict[str, str]
    text: str

    @classmethod
    def from_query(cls, query: Query) -> BrowserQueryView:
        """Return the question as on the wire."""
        return cls(name=query.name, purpose=query.purpose, parameters=query.parameters, text=query.text)


class AboutView(Struct, frozen=True, kw_only=True):
    """`value` is everywhere in `reference_currency`; `neo4j_browser_url` is null where none is known."""

    reference_currency: str
    neo4j_browser_url: str | None
    browser_queries: list[BrowserQueryView]
    categories: list[CategoryView]


@get("/about", operation_id="get_about", summary="What holds everywhere: currency, categories, links")
async def get_about(services: GivenServices) -> AboutView:
    """Return what a user of the API needs to know once, to read the rest."""
    return AboutView(
        reference_currency=services.settings.reference_currency,
        neo4j_browser_url=services.settings.graph.neo4j_browser_url or None,
        browser_queries=_browser_queries(),
        categories=[CategoryView.from_category(one) for one in services.taxonomy.categories.values()],
    )


def _browser_queries() -> list[BrowserQueryView]:
    return [BrowserQueryView.from_query(one) for one in load_catalog().values() if one.folder == "browser"]
