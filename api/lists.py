"""Lists: a page at a time, by sealed cursors."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import JSONResponse

from api.callers import Caller
from api.cursors import Cursors
from api.fields import PageSize, Sealed
from api.problems import Code, Problem
from db.reading import BadBookmarkError, Page, Record


class ListQuery(BaseModel):
    """What every list may be asked; a list adds its filters and its `sort`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: PageSize = 50
    cursor: Sealed | None = None


class Lists:
    """Answers with a page. A cursor is good for the same list, filters and reader only."""

    def __init__(self, request: Request, caller: Caller, cursors: Cursors) -> None:
        self._request = request
        self._caller = caller
        self._cursors = cursors

    async def answer(
        self,
        query: ListQuery,
        read: Callable[[int, str | None], Awaitable[Page]],
        show: Callable[[Sequence[Record]], Awaitable[list[dict[str, Any]]]],
    ) -> JSONResponse:
        """Read the page that was asked for, and say where the next one begins."""
        bound_to = self._bound_to(query)
        bookmark = self._cursors.open(query.cursor, bound_to) if query.cursor else None
        try:
            page = await read(query.limit, bookmark)
        except BadBookmarkError:
            raise Problem(Code.BAD_CURSOR) from None
        following = self._cursors.seal(page.next, bound_to) if page.next else None
        listing = {
            "data": await show(page.rows),
            "has_more": following is not None,
            "next_cursor": following,
        }
        headers = {"Link": self._link(following)} if following else {}
        return JSONResponse(listing, headers=headers)

    def _bound_to(self, query: ListQuery) -> str:
        filters = query.model_dump_json(exclude={"cursor", "limit"})
        return f"{self._caller.principal}|{self._request.state.operation}|{filters}"

    def _link(self, cursor: str) -> str:
        asked = [pair for pair in self._request.query_params.multi_items() if pair[0] != "cursor"]
        target = f"{self._request.url.path}?{urlencode([*asked, ('cursor', cursor)])}"
        return f'<{target}>; rel="next"'
