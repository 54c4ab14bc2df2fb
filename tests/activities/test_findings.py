"""A finding is filed once, stays open as long as it is seen, and is resolved when it is gone."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from activities.audit.contract import CloseFindings, FileFindings
from activities.audit.service import AuditService
from activities.findings import Finding, Severity
from tests.examples import NOW, a_process

Superuser = dict[str, asyncpg.Connection]
MICROSECOND, DAY = timedelta(microseconds=1), timedelta(days=1)


def a_finding(key: str = "bill-1", check: str = "C9", **details: str) -> Finding:
    return Finding(check=check, object_key=key, details=details)


async def file(
    audit: AuditService, at: datetime, *findings: Finding, unsure: Finding | None = None
) -> int:
    request = FileFindings(
        seen_at=at, findings=findings, unsure=(unsure,) if unsure else (), part="billing"
    )
    return (await audit.findings.file_findings(a_process(f"audit-{at}", at), request)).findings


async def close(
    audit: AuditService, at: datetime, *checks: str, keys: tuple[str, ...] | None = None
) -> int:
    request = CloseFindings(checks=checks, not_seen_since=at, keys=keys)
    return (await audit.findings.close_findings(a_process(f"audit-{at}", at), request)).findings


async def rows(superuser: Superuser) -> list[dict[str, Any]]:
    found = await superuser["audit"].fetch("SELECT * FROM published.findings ORDER BY object_key")
    return [dict(row) for row in found]


async def test_a_finding_tells_what_is_wrong_and_who_was_at_it(
    audit: AuditService, superuser: Superuser
) -> None:
    finding = a_finding(balance="-1.00").model_copy(
        update={
            "severity": Severity.WARNING,
            "processes": ("cancel-1",),
            "appointment_id": UUID(int=7),
        }
    )

    assert await file(audit, NOW, finding) == 1

    [row] = await rows(superuser)
    assert (row["check_name"], row["object_key"], row["severity"]) == ("C9", "bill-1", "WARNING")
    assert (row["first_seen_at"], row["last_seen_at"], row["resolved_at"]) == (NOW, NOW, None)
    for told in ("-1.00", "cancel-1", str(UUID(int=7))):
        assert told in row["details"]


async def test_what_is_seen_again_is_the_same_finding(
    audit: AuditService, superuser: Superuser
) -> None:
    await file(audit, NOW, a_finding(balance="-1.00"))

    assert await file(audit, NOW + DAY, a_finding(balance="-2.00")) == 0

    [row] = await rows(superuser)
    assert (row["first_seen_at"], row["last_seen_at"]) == (NOW, NOW + DAY)
    assert "-2.00" in row["details"]
    assert row["version"] == 2


async def test_the_same_object_may_be_wrong_in_two_ways_and_is_told_once_each(
    audit: AuditService, superuser: Superuser
) -> None:
    twice = (a_finding(), a_finding(), a_finding(check="C7"))

    assert await file(audit, NOW, *twice) == 2

    assert len(await rows(superuser)) == 2


async def test_a_step_that_comes_twice_files_once(
    audit: AuditService, superuser: Superuser
) -> None:
    for _ in range(2):
        assert await file(audit, NOW, a_finding()) == 1

    [row] = await rows(superuser)
    assert row["version"] == 1


async def test_what_is_not_seen_any_more_is_resolved_and_may_be_found_anew(
    audit: AuditService, superuser: Superuser
) -> None:
    await file(audit, NOW, a_finding("bill-1"), a_finding("bill-2"))
    await file(audit, NOW + DAY, a_finding("bill-2"))

    assert await close(audit, NOW + DAY, "C9") == 1

    gone, still = await rows(superuser)
    assert (gone["resolved_at"], gone["resolution"]) == (NOW + DAY, "gone")
    assert still["resolved_at"] is None
    assert await file(audit, NOW + 2 * DAY, a_finding("bill-1")) == 1
    assert len(await rows(superuser)) == 3


async def test_what_was_seen_at_the_very_beginning_of_a_look_is_not_gone(
    audit: AuditService, superuser: Superuser
) -> None:
    await file(audit, NOW, a_finding())

    assert await close(audit, NOW, "C9") == 0
    assert await close(audit, NOW + MICROSECOND, "C9") == 1
    assert len(await rows(superuser)) == 1


async def test_only_what_was_looked_for_again_is_resolved(audit: AuditService) -> None:
    await file(audit, NOW, a_finding("bill-1"), a_finding("bill-2"), a_finding(check="C7"))

    assert await close(audit, NOW + DAY, "C8") == 0
    assert await close(audit, NOW + 2 * DAY, "C9", keys=("bill-2",)) == 1
    assert await close(audit, NOW + 3 * DAY, "C9", keys=()) == 0
    assert await close(audit, NOW + 4 * DAY, "C7", "C9") == 2


async def test_what_nobody_is_sure_of_stays_open_and_is_not_filed(
    audit: AuditService, superuser: Superuser
) -> None:
    await file(audit, NOW, a_finding("bill-1"))

    assert await file(audit, NOW + DAY, unsure=a_finding("bill-1")) == 0
    assert await file(audit, NOW + DAY + MICROSECOND, unsure=a_finding("bill-2")) == 0

    assert await close(audit, NOW + DAY, "C9") == 0
    [row] = await rows(superuser)
    assert (row["object_key"], row["last_seen_at"]) == ("bill-1", NOW + DAY)
