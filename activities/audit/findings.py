"""What was found wrong: filed once, open as long as it is seen, resolved when it is gone."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid5

import structlog
from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.audit.contract import CloseFindings, Filed, FileFindings
from activities.findings import Finding
from activities.inbox import Service, once
from activities.process import Process
from db.audit.findings import FindingRepository

FINDINGS = UUID("0f4b7c7e-9a53-4f0e-8d7a-1c1f6c2d9b31")
"""The namespace of all findings' ids."""
FILED = Counter("audit_findings_total", "Findings that were filed for the first time")

log = structlog.get_logger()


def count(filed: Filed) -> None:
    if filed.findings:
        FILED.inc(filed.findings)
        log.warning("findings_filed", findings=filed.findings)


class FindingService(Service):
    """Keeps findings. A check and an object have one open finding at most."""

    @once("file_findings", then=count)
    async def file_findings(
        self, connection: AsyncConnection, process: Process, request: FileFindings
    ) -> Filed:
        findings = FindingRepository(connection)
        unsure = [(one.check, one.object_key) for one in request.unsure]
        await findings.see_again(unsure, request.seen_at)
        rows = {
            (one.check, one.object_key): row_of(process, request, one) for one in request.findings
        }
        return Filed(findings=await findings.file(list(rows.values())))

    @once("close_findings")
    async def close_findings(
        self, connection: AsyncConnection, process: Process, request: CloseFindings
    ) -> Filed:
        findings = FindingRepository(connection)
        closed = await findings.close(
            request.checks, request.not_seen_since, process.accepted_at, request.keys
        )
        return Filed(findings=closed)


def row_of(process: Process, request: FileFindings, finding: Finding) -> Mapping[str, Any]:
    about = finding.model_dump(mode="json", include={"processes", "appointment_id"})
    told = {name: value for name, value in about.items() if value}
    return {
        "finding_id": uuid5(FINDINGS, f"{process.id}:{finding.check}:{finding.object_key}"),
        "check_name": finding.check,
        "object_key": finding.object_key,
        "severity": finding.severity,
        "details": {**finding.details, **told},
        "first_seen_at": request.seen_at,
        "last_seen_at": request.seen_at,
    }
