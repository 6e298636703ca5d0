"""boto3 on every operation that is not built yet: each says so, and none pretends."""

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore import xform_name
from botocore.model import Shape

from tests.clients.server import refused
from vaultclock.adapters.http import model
from vaultclock.adapters.http.features import OPERATIONS

BUILT = {row.name for row in OPERATIONS}
OTHERS = sorted(model.operations().keys() - BUILT)


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


def test_every_operation_of_boto3_is_built_or_not_simulated(client: Any) -> None:
    assert {*client.meta.service_model.operation_names} == {*OTHERS, *BUILT}


@pytest.mark.parametrize("name", OTHERS)
def test_an_operation_that_is_not_built_says_so(client: Any, name: str) -> None:
    shape = client.meta.service_model.operation_model(name).input_shape
    asked = {} if shape is None else least(shape)
    with refused("NotSimulated", f"{name} is not simulated yet; see docs/fidelity.md") as refusal:
        getattr(client, xform_name(name))(**asked)
    assert refusal.response["ResponseMetadata"]["HTTPStatusCode"] == 501
