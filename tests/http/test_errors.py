"""Errors on the wire: AWS's shape to the letter, and typed exceptions in boto3."""

import io
import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.config import Config
from botocore.exceptions import ClientError

from vaultclock.adapters.http import errors, model
from vaultclock.domain.kernel import refusals

NAMESPACE = "http://internal.amazon.com/coral/com.amazonaws.services.cryo/"
MODELLED = {name for operation in model.operations().values() for name in operation.errors}


class Raw(io.BytesIO):
    def stream(self) -> Iterator[bytes]:
        yield self.read()


@pytest.fixture(scope="module")
def client() -> Any:
    return boto3.client(
        "backup",
        region_name="us-east-1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
        config=Config(retries={"total_max_attempts": 1}),
    )


def raised(client: Any, error: Exception) -> ClientError:
    status, headers, body = errors.error_reply(error, "request-1")

    def answer(request: Any, **_: Any) -> AWSResponse:
        return AWSResponse(request.url, status, HeadersDict(headers), Raw(body))

    client.meta.events.register("before-send.backup", answer)
    try:
        with pytest.raises(ClientError) as caught:
            client.describe_backup_vault(BackupVaultName="v")
    finally:
        client.meta.events.unregister("before-send.backup", answer)
    return caught.value


def made(kind: type[Exception]) -> Exception:
    match kind:
        case errors.MethodNotAllowed:
            return errors.MethodNotAllowed("text", ["PUT", "GET"])
        case _:
            return kind("text")


def test_every_modelled_error_is_in_the_table_and_a_fault_is_500_and_the_rest_400() -> None:
    statuses = {name: status for name, status in errors.WIRE_NAMES.values() if name in MODELLED}
    assert statuses == {name: 500 if model.shape(name).fault else 400 for name in MODELLED}


def test_every_refusal_of_the_domain_is_in_the_table() -> None:
    assert set(refusals.Rejected.__subclasses__()) <= set(errors.WIRE_NAMES)


@pytest.mark.parametrize(
    ("error", "name", "status"),
    [
        (refusals.ResourceNotFound("x"), "ResourceNotFoundException", 400),
        (refusals.AlreadyExists("x"), "AlreadyExistsException", 400),
        (refusals.Conflict("x"), "ConflictException", 400),
        (refusals.AccessDenied("x"), "AccessDeniedException", 403),
        (errors.SerializationError("x"), "SerializationException", 400),
        (errors.UnknownOperation("x"), "UnknownOperationException", 404),
        (errors.TooLarge("x"), "RequestEntityTooLargeException", 413),
        (errors.NotSimulated("ListScanJobs"), "NotSimulated", 501),
        (errors.ServiceUnavailable("x"), "ServiceUnavailableException", 500),
        (ZeroDivisionError("x"), "InternalFailure", 500),
    ],
)
def test_an_error_has_its_name_in_the_header_and_its_status(
    error: Exception, name: str, status: int
) -> None:
    answered, headers, _ = errors.error_reply(error, "r")
    assert (answered, headers["x-amzn-errortype"]) == (status, f"{name}:{NAMESPACE}")
    assert (headers["content-type"], headers["x-amzn-requestid"]) == ("application/json", "r")


def test_a_subclass_of_a_refusal_answers_as_the_refusal() -> None:
    class Narrow(refusals.InvalidRequest):
        pass

    assert errors.wire_name(Narrow("x")) == ("InvalidRequestException", 400)


def test_the_body_of_a_rule_error_is_the_observed_one() -> None:
    reason = "Invalid lifecycle. MoveToColdStorageAfterDays is unavailable"
    refusal = refusals.InvalidParameterValue(
        f"Error in rule Yearly-Backups : {reason}",
        code="ERROR_3015",
        context=("Yearly-Backups", reason),
    )
    assert json.loads(errors.error_reply(refusal, "r")[2]) == {
        "Code": "ERROR_3015",
        "Message": f"Error in rule Yearly-Backups : {reason}",
        "Type": None,
        "Context": f'["Yearly-Backups","{reason}"]',
    }


def test_the_body_of_an_unnumbered_error_has_explicit_nulls_in_the_models_order() -> None:
    body = errors.error_reply(refusals.ResourceNotFound("Cannot find recovery point."), "r")[2]
    assert (
        body == b'{"Code":null,"Message":"Cannot find recovery point.","Type":null,"Context":null}'
    )


def test_the_body_of_already_exists_names_what_exists() -> None:
    refusal = refusals.AlreadyExists("x", arn="arn:1", creator_request_id="c-1")
    assert json.loads(errors.error_reply(refusal, "r")[2]) == {
        "Code": None,
        "Message": "x",
        "Type": None,
        "Context": None,
        "CreatorRequestId": "c-1",
        "Arn": "arn:1",
    }


def test_a_method_that_is_not_allowed_lists_those_that_are() -> None:
    status, headers, _ = errors.error_reply(errors.MethodNotAllowed("x", {"PUT", "GET"}), "r")
    assert (status, headers["allow"]) == (405, "GET, PUT")


def test_an_operation_that_is_not_simulated_says_which() -> None:
    body = errors.error_reply(errors.NotSimulated("ListScanJobs"), "r")[2]
    assert "ListScanJobs is not simulated yet" in json.loads(body)["Message"]


def test_a_bug_tells_its_name() -> None:
    body = errors.error_reply(KeyError("lost"), "r")[2]
    assert json.loads(body)["Message"] == "KeyError: 'lost'"


def test_a_text_that_cannot_be_encoded_still_gets_out() -> None:
    for error in (errors.TooLarge("\ud800"), refusals.Conflict("\ud800")):
        assert json.loads(errors.error_reply(error, "r")[2])["Message"] == "?"


@pytest.mark.parametrize("kind", errors.WIRE_NAMES, ids=lambda kind: kind.__name__)
def test_boto3_raises_every_error_by_its_name_and_modelled_ones_typed(
    client: Any, kind: type[Exception]
) -> None:
    name, status = errors.WIRE_NAMES[kind]
    error = raised(client, made(kind))
    assert error.response["Error"]["Code"] == name
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert error.response["ResponseMetadata"]["RequestId"] == "request-1"
    assert type(error).__name__ == (name if name in MODELLED else "ClientError")


def test_boto3_shows_the_number_and_the_message(client: Any) -> None:
    error = raised(client, refusals.InvalidRequest("Not so.", code="ERROR_9101"))
    shown: Any = error.response
    assert (shown["Code"], shown["Error"]["Message"]) == ("ERROR_9101", "Not so.")


def test_boto3_shows_what_exists(client: Any) -> None:
    text, arn = (
        "Backup vault with the same name already exists",
        "arn:aws:backup:r:1:backup-vault:v",
    )
    shown: Any = raised(client, refusals.AlreadyExists(text, arn=arn, creator_request_id="c"))
    assert shown.response["Error"]["Message"] == text
    assert (shown.response["CreatorRequestId"], shown.response["Arn"]) == ("c", arn)
