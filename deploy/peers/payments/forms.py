"""Stripe's form encoding: brackets in the keys make trees of flat pairs."""

from collections.abc import Iterable

from deploy.peers.payments.refusals import invalid

Params = dict[str, "str | Params"]


def nested(pairs: Iterable[tuple[str, str]]) -> Params:
    """Turn `metadata[colour]=red` into a tree. A list is a tree by position: `expand[]`."""
    params: Params = {}
    for name, value in pairs:
        *path, last = name.replace("]", "").split("[")
        place = params
        for part in path:
            place = branch(place, part)
        place[last or str(len(place))] = value
    return params


def branch(place: Params, name: str) -> Params:
    inner = place.setdefault(name, {})
    if isinstance(inner, str):
        raise invalid(f"Invalid object: {name} is both a value and a tree.", param=name)
    return inner
