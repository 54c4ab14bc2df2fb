"""Logging in, staying logged in, logging out."""

from asgi_correlation_id import correlation_id
from starlette.requests import Request
from starlette.responses import Response

from activities.users.contract import Login
from api.admission import address_of, device_of
from api.dependencies import AccountsOf, CallerOf
from api.problems import Code
from api.resources.accounts import Credentials, Refreshing, TokensOut
from api.routing import refusing, router

routes = router("Accounts", "/v1/auth")


@routes.post(
    "/login",
    operation_id="logIn",
    summary="Begin a session",
    responses=refusing(Code.BAD_CREDENTIALS, Code.TOO_MANY_LOGINS),
)
async def log_in(body: Credentials, request: Request, accounts: AccountsOf) -> TokensOut:
    """An unknown name, a wrong password and a closed account answer alike, and as slowly."""
    pair = await accounts.log_in(
        Login(
            username=body.username,
            password=body.password,
            address=address_of(request),
            client=device_of(request),
            correlation_id=correlation_id.get(),
        )
    )
    return TokensOut.of(pair)


@routes.post(
    "/refresh",
    operation_id="refreshTokens",
    summary="Go on with a session",
    responses=refusing(Code.REFRESH_INVALID),
)
async def refresh_tokens(body: Refreshing, request: Request, accounts: AccountsOf) -> TokensOut:
    """Each refresh token is good once; one that comes back ends the session."""
    return TokensOut.of(await accounts.refresh(body.refresh_token, device_of(request)))


@routes.post("/logout", operation_id="logOut", summary="End this session", status_code=204)
async def log_out(caller: CallerOf, accounts: AccountsOf) -> Response:
    await accounts.log_out(caller)
    return Response(status_code=204)
