"""The account of whoever asks."""

from api.dependencies import CallerOf, ReadersOf
from api.problems import Code, Problem
from api.resources.accounts import Me
from api.routing import router

routes = router("Accounts", "/v1/me")


@routes.get("", operation_id="getMe", summary="Tell who I am")
async def get_me(caller: CallerOf, readers: ReadersOf) -> Me:
    account = await readers.users.find(caller.account_id)
    if account is None:
        raise Problem(Code.NOT_FOUND)
    return Me.of(caller, account, await readers.users.find_profile(caller.account_id))
