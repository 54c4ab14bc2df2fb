"""The namespace of our processes, and the attributes by which they are found."""

import asyncio
from datetime import timedelta

from google.protobuf.duration_pb2 import Duration
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.operatorservice.v1 import (
    AddSearchAttributesRequest,
    ListSearchAttributesRequest,
)
from temporalio.api.workflowservice.v1 import (
    CountWorkflowExecutionsRequest,
    DescribeNamespaceRequest,
    RegisterNamespaceRequest,
    UpdateNamespaceRequest,
)
from temporalio.service import RPCError, RPCStatusCode, ServiceClient

from ops.temporal import ATTRIBUTES

KEYWORD = IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
PATIENCE = 60.0
"""Seconds within which every part of a server must have heard of a new namespace."""
NOT_YET = (RPCStatusCode.NOT_FOUND, RPCStatusCode.INVALID_ARGUMENT, RPCStatusCode.UNAVAILABLE)


class NamespaceUnusableError(RuntimeError):
    """The namespace is there, but not as our processes need it."""


async def set_up(server: ServiceClient, namespace: str, retention: timedelta) -> None:
    """Make what is missing, and wait until it can be used. What is right already stays.

    Raises `NamespaceUnusableError`.
    """
    await keep_for(server, namespace, retention)
    try:
        async with asyncio.timeout(PATIENCE):
            await until_known(server, namespace)
    except TimeoutError:
        raise NamespaceUnusableError(
            f"{namespace} does not know its search attributes after {PATIENCE:.0f} s"
        ) from None


async def keep_for(server: ServiceClient, namespace: str, retention: timedelta) -> None:
    """Make the namespace, or set how long it keeps what has ended."""
    wanted = Duration()
    wanted.FromTimedelta(retention)
    try:
        found = await server.workflow_service.describe_namespace(
            DescribeNamespaceRequest(namespace=namespace), retry=True
        )
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        await server.workflow_service.register_namespace(
            RegisterNamespaceRequest(
                namespace=namespace, workflow_execution_retention_period=wanted
            )
        )
        return
    if found.config.workflow_execution_retention_ttl != wanted:
        config = NamespaceConfig(workflow_execution_retention_ttl=wanted)
        await server.workflow_service.update_namespace(
            UpdateNamespaceRequest(namespace=namespace, config=config)
        )


async def until_known(server: ServiceClient, namespace: str) -> None:
    """Add the attributes that are missing, and ask for them until a query may name them."""
    query = " AND ".join(f"{name} = 'nobody'" for name in ATTRIBUTES)
    while True:
        try:
            await add_missing(server, namespace)
            await server.workflow_service.count_workflow_executions(
                CountWorkflowExecutionsRequest(namespace=namespace, query=query)
            )
        except RPCError as error:
            # A server tells its own parts about a new namespace within some seconds.
            if error.status not in NOT_YET:
                raise
            await asyncio.sleep(0.2)
        else:
            return


async def add_missing(server: ServiceClient, namespace: str) -> None:
    listed = await server.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=namespace)
    )
    there = listed.custom_attributes
    if odd := [name for name in ATTRIBUTES if there.get(name, KEYWORD) != KEYWORD]:
        raise NamespaceUnusableError(f"not of type Keyword in {namespace}: {', '.join(odd)}")
    if missing := {name: KEYWORD for name in ATTRIBUTES if name not in there}:
        await server.operator_service.add_search_attributes(
            AddSearchAttributesRequest(namespace=namespace, search_attributes=missing)
        )
