"""The page of what was sent. Everything on it was written by a stranger and is escaped."""

from collections.abc import Iterable
from html import escape

from deploy.peers.mail.mailbox import Mail

FRAME = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Outbox</title>
<style>
  body {{ font: 1rem/1.5 system-ui, sans-serif; margin: 2rem; }}
  td, th {{ padding: .25rem 1rem .25rem 0; text-align: left; vertical-align: top; }}
  pre {{ margin: 0; white-space: pre-wrap; font: inherit; }}
</style>
<h1>Outbox</h1>
<table>
<thead><tr><th>To</th><th>Subject</th><th>Text</th><th>Attachments</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
</html>
"""


def render(mails: Iterable[Mail]) -> str:
    return FRAME.format(rows="\n".join(row(mail) for mail in mails))


def row(mail: Mail) -> str:
    cells = (
        escape(", ".join(mail.to)),
        escape(mail.subject or ""),
        f"<pre>{escape(mail.text)}</pre>",
        escape(", ".join(mail.attachments)),
    )
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
