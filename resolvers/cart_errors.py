"""What can go wrong with carts, as clients are told it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from cart.store import CartClosedError, CartNotFoundError, CartRefusedError, CartsUnavailableError
from resolvers.errors import (
    BadInputError,
    CartClosedForChangesError,
    CartUnavailableError,
    NotFoundError,
    TooManyCartsError,
)

log = structlog.get_logger(__name__)

NO_CART = "Cart does not exist."


@contextmanager
def told_as_such() -> Iterator[None]:
    """What carts raise within becomes an error that a client may see."""
    try:
        yield
    except CartsUnavailableError as error:
        log.warning("carts.unavailable", reason=str(error))
        raise CartUnavailableError from error
    except CartClosedError as error:
        raise CartClosedForChangesError from error
    except CartNotFoundError as error:
        raise NotFoundError(NO_CART) from error
    except CartRefusedError as error:
        if error.code == "TOO_MANY_CARTS":
            raise TooManyCartsError from error
        raise BadInputError(f"{error}.") from error
