"""One format for the logs of every process: JSON lines, events instead of sentences."""

import logging
import sys

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

QUIET = ("temporalio.client", "httpx", "httpx2", "httpcore", "stripe", "uvicorn.access", "alembic")
TEMPORAL = ("temporal_workflow", "temporal_activity")
IDS = ("workflow_id", "run_id", "activity_id", "attempt")
ANCHOR = ("source", "seq", "hash")
"""What a workflow says beside an event: the head of a chain of the audit."""


def add_temporal(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Lift the ids out of what Temporal's own loggers add: `workflow_id`, `run_id`, `attempt`."""
    record = event.get("_record")
    for attribute in TEMPORAL:
        told = getattr(record, attribute, None)
        if told:
            event.update({key: told[key] for key in IDS if key in told})
    return event


def configure(process: str, level: str = "INFO") -> None:
    """Send the logs of structlog, the standard library and Temporal to stderr, alike."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder(ANCHOR), add_temporal],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.contextvars.bind_contextvars(process=process)
