"""A real moto server in a process of its own: SNS, SQS and EventBridge. No tests live here."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer
from typing import Any

import attrs
import boto3
from botocore.config import Config

from tests.http.serving import SECONDS_MAX

ACCOUNT, REGION = "123456789012", "us-east-1"  # moto's own account
_SERVE = """
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print(*server.get_host_and_port(), flush=True)
sys.stdin.read()
server.stop()
"""


@attrs.frozen
class Emulator:
    """The server's address, and clients of it."""

    url: str

    def client(self, service: str, region: str = REGION) -> Any:
        session = boto3.session.Session(
            aws_access_key_id=ACCOUNT, aws_secret_access_key="secret", region_name=region
        )
        config = Config(retries={"total_max_attempts": 1})
        return session.client(service, endpoint_url=self.url, config=config)

    def queue(self, name: str, region: str = REGION, **attributes: str) -> str:
        """Make a queue; answer its URL."""
        made = self.client("sqs", region).create_queue(QueueName=name, Attributes=attributes)
        url: str = made["QueueUrl"]
        return url

    def queue_arn(self, url: str, region: str = REGION) -> str:
        asked = self.client("sqs", region).get_queue_attributes(
            QueueUrl=url, AttributeNames=["QueueArn"]
        )
        arn: str = asked["Attributes"]["QueueArn"]
        return arn

    def subscribed(self, topic: str, queue_url: str, region: str = REGION) -> str:
        """Make a topic that tells a queue; answer the topic's ARN."""
        sns = self.client("sns", region)
        arn: str = sns.create_topic(Name=topic)["TopicArn"]
        sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=self.queue_arn(queue_url, region))
        return arn

    def received(self, queue_url: str, count: int, region: str = REGION) -> list[Any]:
        """Wait for messages in a queue, and take them out; they are read as JSON."""
        sqs, bodies = self.client("sqs", region), []
        for _ in range(int(SECONDS_MAX)):
            asked = sqs.receive_message(
                QueueUrl=queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=1
            )
            for message in asked.get("Messages", []):
                bodies.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
            if len(bodies) >= count:
                return bodies
        raise AssertionError(f"{len(bodies)} of {count} messages came")


@contextmanager
def emulated() -> Iterator[Emulator]:
    """Serve for as long as the block runs; a server that hangs is killed."""
    with subprocess.Popen(
        [sys.executable, "-c", _SERVE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        watchdog = Timer(10 * SECONDS_MAX, process.kill)
        watchdog.start()
        try:
            assert process.stdout is not None
            host, port = process.stdout.readline().split()
            yield Emulator(f"http://{host}:{port}")
        finally:
            watchdog.cancel()
            process.kill()
