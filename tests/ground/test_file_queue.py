"""The queue of the embedded default: no message is read half, taken twice or lost for want of a listener."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection, Exchange, Queue

TRANSPORT = "connector.project.file_queue:Transport"
# A process of its own: takes from both queues until told to stop, prints what it got.
CONSUMER = """
import json, sys, time
from pathlib import Path
from kombu import Connection, Exchange, Queue
options, stop = json.loads(sys.argv[1]), Path(sys.argv[2])
got = []
with Connection("filesystem://", transport="connector.project.file_queue:Transport", transport_options=options) as link:
    queues = [Queue(name, Exchange(name), routing_key=name) for name in ("interactive", "full")]
    def take(body, message):
        got.append(body)
        message.ack()
    with link.Consumer(queues, callbacks=[take]):
        print("listening", flush=True)
        while True:
            done = stop.exists()
            try:
                link.drain_events(timeout=0.2)
            except TimeoutError:
                if done:
                    break
print(json.dumps(got), flush=True)
"""


@pytest.fixture
def options(tmp_path: Path) -> dict[str, Any]:
    folders = {name: tmp_path / name for name in ("messages", "control", "taken")}
    for folder in folders.values():
        folder.mkdir()
    return {
        "data_folder_in": str(folders["messages"]),
        "data_folder_out": str(folders["messages"]),
        "control_folder": str(folders["control"]),
        "processed_folder": str(folders["taken"]),
        "polling_interval": 0.01,
    }


def queue(name: str) -> Queue:
    return Queue(name, Exchange(name), routing_key=name)


def send(options: dict[str, Any], name: str, bodies: list[Any]) -> None:
    with Connection("filesystem://", transport=TRANSPORT, transport_options=options) as link:
        producer = link.Producer()
        for body in bodies:
            producer.publish(body, exchange=queue(name).exchange, routing_key=name, declare=[queue(name)])


def receive(options: dict[str, Any], name: str) -> list[Any]:
    got: list[Any] = []
    with Connection("filesystem://", transport=TRANSPORT, transport_options=options) as link:
        box = link.SimpleQueue(queue(name))
        while True:
            try:
                message = box.get(timeout=0.1)
            except Empty:
                return got
            got.append(message.payload)
            message.ack()


@pytest.fixture
def consumers(options: dict[str, Any], tmp_path: Path) -> Iterator[list[subprocess.Popen[str]]]:
    command = [sys.executable, "-c", CONSUMER, json.dumps(options), str(tmp_path / "stop")]
    root = str(Path(__file__).resolve().parents[2])
    environment = {**os.environ, "PYTHONPATH": root, "DJANGO_SETTINGS_MODULE": "connector.project.testing"}
    started = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path, env=environment) for _ in range(2)
    ]
    for process in started:
        assert process.stdout and process.stdout.readline() == "listening\n"
    yield started
    for process in started:
        process.kill()
        process.wait()


def test_two_processes_share_two_queues_without_loss_or_double(options, consumers, tmp_path):
    senders = [
        threading.Thread(target=send, args=(options, name, [f"{name} {part} {number}" for number in range(100)]))
        for name in ("interactive", "full")
        for part in range(2)
    ]

    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    (tmp_path / "stop").touch()
    taken = [json.loads(process.communicate(timeout=30)[0]) for process in consumers]

    assert all(taken), "one process did all the work"
    assert sorted(taken[0] + taken[1]) == sorted(
        f"{name} {part} {number}" for name in ("interactive", "full") for part in range(2) for number in range(100)
    )
    assert list((tmp_path / "messages").iterdir()) == []
    assert list((tmp_path / "taken").iterdir()) == []


def test_a_message_nobody_listens_for_waits(options):
    send(options, "full", ["early"])

    assert receive(options, "interactive") == []
    assert receive(options, "full") == ["early"]


def test_messages_arrive_in_the_order_of_sending(options):
    send(options, "full", list(range(30)))

    assert receive(options, "full") == list(range(30))


def test_a_damaged_message_is_dropped_and_the_next_one_taken(options, tmp_path, caplog):
    send(options, "full", ["good"])
    (tmp_path / "messages" / "0_half.full.msg").write_text('{"body": "ha')

    assert receive(options, "full") == ["good"]
    assert "damaged message" in caplog.text


def test_a_draft_is_never_taken(options, tmp_path):
    send(options, "full", [])
    (tmp_path / "messages" / ".0_draft.full.msg.part").write_text("{")

    assert receive(options, "full") == []


def test_declaring_at_once_from_many_sides_keeps_every_queue(options, tmp_path):
    names = [f"queue{number}" for number in range(12)]
    threads = [threading.Thread(target=send, args=(options, name, ["x"])) for name in names]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [receive(options, name) for name in names] == [["x"]] * 12
