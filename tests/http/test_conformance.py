"""All 115 operations against botocore: its serializer writes what we read, its parser reads what
we write, its model is ours.
"""

import json
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import botocore.loaders
import botocore.parsers
import botocore.serialize
import pytest
from botocore.awsrequest import create_request_object, prepare_request_dict
from botocore.model import OperationModel, ServiceModel, Shape
from botocore.validate import ParamValidator

from tools import trim_model
from vaultclock.adapters.http import model
from vaultclock.adapters.http.constraints import UNENFORCED_PATTERNS, VAULT_CREATING
from vaultclock.adapters.http.protocol import check_reply, query_names, read_request, write_reply
from vaultclock.adapters.http.router import Router

SERVICE = ServiceModel(botocore.loaders.Loader().load_service_model("backup", "service-2"))
SERIALIZER = botocore.serialize.create_serializer("rest-json")
PARSER = botocore.parsers.create_parser("rest-json")
OPERATIONS = model.operations()
ROUTER = Router(OPERATIONS.values())
EVERY_OPERATION = pytest.mark.parametrize("name", OPERATIONS)

AWKWARD = "aZ09-_.~/:%+ ?&=#;@\\\"'{}[]<>|é\N{GRINNING FACE}\u2028\n\t\x7f"
ARN = "arn:aws:ec2:us-east-1::snapshot/snap-0:x/%2F y"
PATTERNED = {
    "AccessPointArn": "arn:aws:backup:us-east-1:123456789012:accesspoint/my-ap",
    "AccessPointName": "my-ap",
    "AccountId": "ANY/:*",
    "BackupOptionKey": "WindowsVSS",
    "BackupOptionValue": "enabled",
    "BackupRuleName": "Rule.1_-",
    "BackupSelectionName": "selection",
    "BackupVaultName": "aws/efs:automatic-backup-vault",
    "BackupVaultNameOrWildcard": "*",
    "FrameworkDescription": "two\nlines",
    "FrameworkName": "framework_1",
    "RecoveryPointArn": "arn:aws:backup:us-east-1:123456789012:recovery-point:a/b%",
    "ReportPlanDescription": " x ",
    "ReportPlanName": "report_1",
    "ResourceArn": "arn:aws:s3:::bucket/a b",
    "ResourceType": "Storage Gateway/:",
    "TieringConfigurationName": "tiering_1",
}


class Sampler:
    """Makes values of botocore's shapes; the first draw of an operation has every member."""

    def __init__(self, name: str, draw: int) -> None:
        self._random = random.Random(f"{name} {draw}")
        self._full = draw == 0
        self._creates_vault = name in VAULT_CREATING

    def value(self, shape: Shape, *, in_label: bool = False) -> Any:
        make: Callable[..., Any] = getattr(self, f"_{shape.type_name}")
        return make(shape, in_label) if shape.type_name == "string" else make(shape)

    def _structure(self, shape: Shape) -> dict[str, Any]:
        return {
            name: self.value(member, in_label=member.serialization.get("location") == "uri")
            for name, member in shape.members.items()
            if self._full or name in shape.required_members or self._random.random() < 0.7
        }

    def _list(self, shape: Shape) -> list[Any]:
        return [self.value(shape.member) for _ in range(self._count(shape))]

    def _map(self, shape: Shape) -> dict[str, Any]:
        return {self.value(shape.key): self.value(shape.value) for _ in range(self._count(shape))}

    def _count(self, shape: Shape) -> int:
        return self._random.randint(max(shape.metadata.get("min", 0), int(self._full)), 3)

    def _string(self, shape: Shape, in_label: bool) -> str:
        if shape.enum:
            return str(self._random.choice(shape.enum))
        if shape.name == "BackupVaultName" and self._creates_vault:
            return "Vault_1"
        if shape.name in PATTERNED:
            return PATTERNED[shape.name]
        length = self._random.randint(max(shape.metadata.get("min", 0), 1), 40)
        text = "".join(self._random.choices(AWKWARD, k=length))
        return ARN + text if in_label else text

    def _integer(self, shape: Shape, most: int = 2**31 - 1) -> int:
        return self._random.randint(
            shape.metadata.get("min", -most - 1), shape.metadata.get("max", most)
        )

    def _long(self, shape: Shape) -> int:
        return self._integer(shape, 2**63 - 1)

    def _boolean(self, _: Shape) -> bool:
        return self._random.random() < 0.5

    def _timestamp(self, _: Shape) -> datetime:
        return datetime.fromtimestamp(self._random.randint(0, 32_503_679_999), UTC)


def in_milliseconds(value: Any) -> Any:
    match value:
        case datetime():
            return round(value.timestamp() * 1000)
        case dict():
            return {key: in_milliseconds(entry) for key, entry in value.items()}
        case list():
            return [in_milliseconds(element) for element in value]
    return value


def request_of(operation: OperationModel, members: dict[str, Any]) -> tuple[str, str, str, bytes]:
    if operation.input_shape is not None:
        report = ParamValidator().validate(members, operation.input_shape)
        assert not report.has_errors(), report.generate_report()
    request = SERIALIZER.serialize_to_request(members, operation)
    prepare_request_dict(request, endpoint_url="http://127.0.0.1:4566", context={})
    prepared = create_request_object(request).prepare()
    url = urlsplit(prepared.url)
    body = prepared.body or b""
    return prepared.method, url.path, url.query, body if isinstance(body, bytes) else body.encode()


def test_the_checked_in_model_is_what_the_installed_botocore_gives() -> None:
    assert trim_model.difference(trim_model.MODEL_PATH) is None


def test_the_check_says_which_parts_are_behind(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "model.json"
    shutil.copy(trim_model.MODEL_PATH, copy)
    assert trim_model.main(["--check", "--path", str(copy)]) == 0
    copy.write_text(copy.read_text("utf-8").replace('"max":100,', '"max":99,', 1), "utf-8")
    assert trim_model.main(["--check", "--path", str(copy)]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "model.json is up to date"
    assert "is behind botocore" in said[1]
    assert "shapes " in said[1]


def test_the_tool_writes_the_checked_in_file_byte_for_byte(tmp_path: Path) -> None:
    fresh = tmp_path / "model.json"
    assert trim_model.main(["--path", str(fresh)]) == 0
    lines = [path.read_text("utf-8").splitlines() for path in (fresh, trim_model.MODEL_PATH)]
    assert [line for line in lines[0] if "botocore" not in line] == [
        line for line in lines[1] if "botocore" not in line
    ]


def test_a_missing_model_is_behind(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert trim_model.main(["--check", "--path", str(tmp_path / "none.json")]) == 1
    assert "none.json is missing" in capsys.readouterr().out


STRING = {"type": "string"}


def structure(member: dict[str, str], **traits: str) -> dict[str, Any]:
    return {"type": "structure", "members": {"A": member}, **traits}


@pytest.mark.parametrize(
    ("shapes", "named"),
    [
        ({"In": structure({"shape": "In"})}, "In"),
        ({"In": structure({"shape": "S"}, payload="A"), "S": STRING}, "payload"),
        ({"In": structure({"shape": "S", "location": "header"}), "S": STRING}, "header"),
        ({"In": structure({"shape": "S", "locationName": "a"}), "S": STRING}, "In.A"),
        ({"In": structure({"shape": "S", "jsonvalue": "x"}), "S": STRING}, "jsonvalue"),
        ({"In": structure({"shape": "S"}), "S": STRING | {"document": True}}, "document"),
        ({"In": structure({"shape": "S", "location": "uri"}), "S": STRING}, "reply of Op"),
    ],
)
def test_a_model_that_says_more_than_the_protocol_knows_is_refused(
    shapes: dict[str, Any], named: str
) -> None:
    http = {"method": "GET", "requestUri": "/"}
    operation = {"name": "Op", "http": http, "output": {"shape": "In"}}
    service = {"operations": {"Op": operation}, "metadata": {"apiVersion": "1"}, "shapes": shapes}
    with pytest.raises(trim_model.Outgrown, match=named):
        trim_model.trim(service)


def test_the_model_holds_facts_and_no_prose() -> None:
    text = trim_model.MODEL_PATH.read_text("utf-8")
    assert "<p>" not in text
    assert '"documentation"' not in text


def test_the_model_is_named_by_its_content_and_its_source() -> None:
    document = json.loads(trim_model.MODEL_PATH.read_text("utf-8"))
    assert model.model_hash() == trim_model.content_hash(document)
    assert model.model_version() == document["botocore"]


def test_reading_the_wire_never_imports_botocore() -> None:
    program = (
        "import sys; from vaultclock.adapters.http import model, protocol, router;"
        "router.Router(model.operations().values());"
        "sys.exit(any(name.startswith('boto') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_every_pattern_has_a_sample_that_obeys_it_where_it_is_enforced() -> None:
    patterned = [shape for name in model.shape_names() if (shape := model.shape(name)).pattern]
    assert {shape.name for shape in patterned} == set(PATTERNED)
    for shape in patterned:
        if shape.name not in {*UNENFORCED_PATTERNS, "BackupVaultName"}:
            assert re.fullmatch(shape.pattern or "", PATTERNED[shape.name], re.DOTALL), shape.name


def test_there_are_as_many_operations_as_botocore_has() -> None:
    assert list(OPERATIONS) == sorted(SERVICE.operation_names)
    assert len(OPERATIONS) == 115


@EVERY_OPERATION
def test_method_path_status_and_errors_are_those_of_the_model(name: str) -> None:
    ours, theirs = OPERATIONS[name], SERVICE.operation_model(name)
    assert (ours.method, ours.uri) == (theirs.http["method"], theirs.http["requestUri"])
    assert ours.status == theirs.http.get("responseCode", 200)
    assert set(ours.errors) == {shape.name for shape in theirs.error_shapes}


@pytest.mark.parametrize("draw", range(6))
@EVERY_OPERATION
def test_what_botocore_writes_is_read_back(name: str, draw: int) -> None:
    operation = SERVICE.operation_model(name)
    shape = operation.input_shape
    members = {} if shape is None else Sampler(name, draw).value(shape)
    method, path, query, body = request_of(operation, members)
    for variant in (path, path.rstrip("/"), f"{path}/", f"/{path}"):
        match = ROUTER.match(method, variant, query_names(query))
        assert match.operation.name == name
        read = read_request(match.operation, match.labels, query, body)
        assert read == in_milliseconds(members)


@pytest.mark.parametrize("draw", range(6))
@EVERY_OPERATION
def test_what_we_write_is_read_by_botocore(name: str, draw: int) -> None:
    shape = SERVICE.operation_model(name).output_shape
    reply = {} if shape is None else in_milliseconds(Sampler(name, draw).value(shape))
    assert check_reply(OPERATIONS[name], reply) == []
    body = write_reply(OPERATIONS[name], reply)
    answer = {"status_code": 200, "headers": {}, "body": body, "context": {}}
    parsed = PARSER.parse(answer, shape)
    del parsed["ResponseMetadata"]
    assert in_milliseconds(parsed) == reply


@EVERY_OPERATION
def test_every_member_is_written_in_the_models_order_even_where_it_is_absent(name: str) -> None:
    shape = SERVICE.operation_model(name).output_shape
    body = write_reply(OPERATIONS[name], None)
    if shape is None or not shape.members:
        assert body == b""
    else:
        written = json.loads(body)
        assert list(written) == list(shape.members)
        assert not any(written.values())


@EVERY_OPERATION
def test_every_structure_below_has_every_member_as_well(name: str) -> None:
    shape = SERVICE.operation_model(name).output_shape
    if shape is None or not shape.members:
        return
    reply = in_milliseconds(Sampler(name, 1).value(shape))
    assert_complete(shape, json.loads(write_reply(OPERATIONS[name], reply)))


def assert_complete(shape: Shape, written: Any) -> None:
    if written is None:
        return
    match shape.type_name:
        case "structure":
            assert list(written) == list(shape.members)
            for name, member in shape.members.items():
                assert_complete(member, written[name])
        case "list":
            for element in written:
                assert_complete(shape.member, element)
        case "map":
            for entry in written.values():
                assert_complete(shape.value, entry)
