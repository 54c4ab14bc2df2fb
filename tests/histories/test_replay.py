"""What real processes did, today's code would do again."""

import base64
from pathlib import Path

import pytest
from temporalio.client import HeaderCodecBehavior, WorkflowHistory
from temporalio.worker import Replayer

from workers.workflows import LIVES, PROCESSES, strict_runner
from workflows.connection import Keyring, converter
from workflows.origin import OriginInterceptor

HISTORIES = {path.stem: path.read_text() for path in Path(__file__).parent.glob("*.json")}
KEY = f"test:{base64.b64encode(bytes(32)).decode()}"


def history_of(name: str) -> WorkflowHistory:
    """Read a history under the id that its process had: messages are made of it."""
    read = WorkflowHistory.from_json("unknown", HISTORIES[name])
    started = read.events[0].workflow_execution_started_event_attributes
    return WorkflowHistory(started.workflow_id, read.events)


@pytest.fixture(scope="module")
def replayer() -> Replayer:
    return Replayer(
        workflows=[*PROCESSES, *LIVES],
        workflow_runner=strict_runner(),
        data_converter=converter(Keyring(codec_keys=KEY), "hms"),
        interceptors=[OriginInterceptor()],
        header_codec_behavior=HeaderCodecBehavior.CODEC,
    )


def test_there_are_histories_of_every_process() -> None:
    kinds = {
        history_of(name).events[0].workflow_execution_started_event_attributes.workflow_type.name
        for name in HISTORIES
    }

    assert kinds == {kind.__name__ for kind in (*PROCESSES, *LIVES)}


@pytest.mark.parametrize("name", sorted(HISTORIES))
async def test_a_recorded_process_is_replayed(replayer: Replayer, name: str) -> None:
    history = history_of(name)

    replayed = await replayer.replay_workflow(history, raise_on_replay_failure=False)

    assert replayed.replay_failure is None
    assert len(history.events) > 3
