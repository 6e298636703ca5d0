"""boto3 on every operation that is not built yet: each says so, and none pretends."""

from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore import xform_name
from botocore.model import Shape

from tests.clients.server import refused
from vaultclock.adapters.http.features import OPERATIONS

BUILT = {row.name for row in OPERATIONS}
SERVICE = boto3.client("backup", region_name="us-east-1").meta.service_model
OTHERS = sorted(set(SERVICE.operation_names) - BUILT)


def least(shape: Shape, name: str = "") -> Any:
    """Make the least value that boto3 sends for a shape."""
    match shape.type_name:
        case "structure":
            return {each: least(shape.members[each], each) for each in shape.required_members}
        case "list":
            return [least(shape.member) for _ in range(shape.metadata.get("min", 0))]
        case "map":
            return {}
        case "string":
            return (getattr(shape, "enum", None) or [name or "text"])[0]
        case "timestamp":
            return datetime(2026, 1, 1, tzinfo=UTC)
        case "boolean":
            return False
        case _:
            return max(1, shape.metadata.get("min", 1))


def test_boto3_knows_every_operation_that_is_built() -> None:
    assert set(SERVICE.operation_names) >= BUILT
    assert len(OTHERS) + len(BUILT) == len(SERVICE.operation_names)


@pytest.mark.parametrize("name", OTHERS)
def test_an_operation_that_is_not_built_says_so(client: Any, name: str) -> None:
    shape = SERVICE.operation_model(name).input_shape
    asked = {} if shape is None else least(shape)
    with refused("NotSimulated", f"{name} is not simulated yet; see docs/fidelity.md") as refusal:
        getattr(client, xform_name(name))(**asked)
    assert refusal.response["ResponseMetadata"]["HTTPStatusCode"] == 501
