"""Every request passes here first: known, allowed, and not too often."""

import hashlib

from asgi_correlation_id import correlation_id
from starlette.requests import Request

from activities.process import Origin
from api.callers import Caller
from api.parts import Parts
from api.policy import Relation, Rule
from api.problems import Code, Problem
from api.tokens import TokenRefusedError
from workflows.origin import asking

LOOPBACK = {"127.0.0.1", "::1"}
CHALLENGE = {"WWW-Authenticate": "Bearer"}


def parts_of(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


def address_of(request: Request) -> str:
    return request.client.host if request.client else "unknown"


def device_of(request: Request) -> str:
    """Tell one device from another, by nothing that names it."""
    told = f"{address_of(request)} {request.headers.get('user-agent', '')}"
    return hashlib.sha256(told.encode()).hexdigest()


async def admit(request: Request, operation: str, rule: Rule) -> None:
    """Let a request through, or raise its problem; from here on it is known who asks."""
    parts = parts_of(request)
    request.state.operation = operation
    asking.set(Origin(role="ANONYMOUS", correlation_id=correlation_id.get()))
    if rule.is_public or (rule.needs_no_token_at_home and is_at_home(request, parts)):
        if rule.is_counted:
            count(request, f"address:{address_of(request)}")
        return
    try:
        caller = await caller_of(request, parts, rule)
    except Problem:
        count(request, f"address:{address_of(request)}")
        raise
    request.state.caller = caller
    asking.set(
        Origin(
            account_id=caller.account_id,
            role=caller.role,
            correlation_id=correlation_id.get(),
        )
    )
    count(request, caller.principal)
    if caller.role not in rule.roles or (rule.scope and not caller.has(rule.scope)):
        raise Problem(Code.NOT_ALLOWED)


def is_at_home(request: Request, parts: Parts) -> bool:
    """Tell Temporal's page on a developer's machine; whoever brings a token is judged by it."""
    return (
        parts.is_development
        and address_of(request) in LOOPBACK
        and request.headers.get("origin") == parts.temporal_ui_url != ""
        and "authorization" not in request.headers
    )


async def caller_of(request: Request, parts: Parts, rule: Rule) -> Caller:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Problem(Code.NOT_AUTHENTICATED, headers=CHALLENGE)
    try:
        claims = parts.tokens.read(token)
    except TokenRefusedError as refused:
        code = Code.TOKEN_EXPIRED if refused.is_expired else Code.NOT_AUTHENTICATED
        raise Problem(code, headers=CHALLENGE) from None
    sees_all = rule.roles.get(claims.role) is Relation.ANY
    caller = await parts.accounts.find_caller(claims, sees_all=sees_all)
    if caller is None:
        raise Problem(Code.NOT_AUTHENTICATED, headers=CHALLENGE)
    return caller


def count(request: Request, who: str) -> None:
    """Count the request; the answer says how many are left."""
    try:
        request.state.headers = parts_of(request).rates.take(who)
    except Problem as problem:
        request.state.headers = {
            name: value for name, value in problem.headers.items() if name != "Retry-After"
        }
        raise
