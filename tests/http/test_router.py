"""The router: raw paths to operations. Requests of real clients are in test_conformance."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaultclock.adapters.http import model
from vaultclock.adapters.http.errors import MethodNotAllowed, SerializationError, UnknownOperation
from vaultclock.adapters.http.router import Router

ROUTER = Router(model.operations().values())
POINT = "/backup-vaults/v/recovery-points/arn%3Aaws%3Aec2%3Aus-east-1%3A%3Asnapshot%2Fsnap-0"


def operation(name: str, method: str, uri: str) -> model.Operation:
    return model.Operation(name, method, uri, 200, None, None, ())


def matched(router: Router, method: str, path: str, names: str = "") -> tuple[str, dict[str, str]]:
    match = router.match(method, path, names.split())
    return match.operation.name, match.labels


@pytest.mark.parametrize(
    ("method", "path", "name", "labels"),
    [
        ("GET", "/backup-vaults/", "ListBackupVaults", {}),
        ("GET", "/backup-vaults", "ListBackupVaults", {}),
        ("GET", "//backup-vaults//", "ListBackupVaults", {}),
        ("GET", "/backup-vaults/v", "DescribeBackupVault", {"backupVaultName": "v"}),
        ("GET", "/backup-vaults/v/", "DescribeBackupVault", {"backupVaultName": "v"}),
        ("GET", "/legal-holds/h", "GetLegalHold", {"legalHoldId": "h"}),
        ("DELETE", "/legal-holds/h/", "CancelLegalHold", {"legalHoldId": "h"}),
        (
            "GET",
            POINT,
            "DescribeRecoveryPoint",
            {
                "backupVaultName": "v",
                "recoveryPointArn": "arn:aws:ec2:us-east-1::snapshot/snap-0",
            },
        ),
        (
            "PUT",
            "/backup-vaults/aws%2fefs%2Fautomatic-backup-vault/access-policy",
            "PutBackupVaultAccessPolicy",
            {"backupVaultName": "aws/efs/automatic-backup-vault"},
        ),
        (
            "GET",
            "/backup-access-point/arn%3Aaws%3Abackup%3Aus-east-1%3A1%3Aaccesspoint%2Fmy-ap",
            "DescribeBackupAccessPoint",
            {"AccessPointArn": "arn:aws:backup:us-east-1:1:accesspoint/my-ap"},
        ),
        (
            "DELETE",
            "/backup-access-point/delete/arn:aws:backup:us-east-1:1:accesspoint%2fmy-ap",
            "DeleteBackupAccessPoint",
            {"AccessPointArn": "arn:aws:backup:us-east-1:1:accesspoint/my-ap"},
        ),
        (
            "POST",
            "/backup-access-point/resource/arn%3Aaws%3As3%3A%3A%3Abucket/",
            "ListBackupAccessPointsByResource",
            {"ResourceArn": "arn:aws:s3:::bucket"},
        ),
        ("GET", "/backup-access-point/", "ListBackupAccessPoints", {}),
        ("GET", "/tags/100%25%2F%C3%A9+", "ListTags", {"resourceArn": "100%/é+"}),
        ("GET", "/tags/%253A", "ListTags", {"resourceArn": "%3A"}),
        ("GET", "/backup/template/plans", "ListBackupPlanTemplates", {}),
        ("GET", "/backup/plans/template", "GetBackupPlan", {"backupPlanId": "template"}),
    ],
)
def test_a_path_is_cut_before_it_is_unescaped_and_slashes_at_its_ends_do_not_count(
    method: str, path: str, name: str, labels: dict[str, str]
) -> None:
    assert matched(ROUTER, method, path) == (name, labels)


def test_a_literal_segment_goes_before_a_label() -> None:
    assert matched(ROUTER, "PUT", "/backup-access-point/create")[0] == "CreateBackupAccessPoint"


def test_a_label_takes_a_literal_word_when_the_literal_has_no_such_method() -> None:
    assert matched(ROUTER, "GET", "/backup-access-point/create") == (
        "DescribeBackupAccessPoint",
        {"AccessPointArn": "create"},
    )


def test_a_dead_end_behind_a_literal_goes_back_to_the_label() -> None:
    router = Router([operation("Deep", "GET", "/a/{x}/c/{y}/"), operation("Flat", "GET", "/a/b/d")])
    assert matched(router, "GET", "/a/b/c/z") == ("Deep", {"x": "b", "y": "z"})
    assert matched(router, "GET", "/a/b/d") == ("Flat", {})


def test_an_empty_segment_inside_a_path_is_an_empty_label() -> None:
    assert matched(ROUTER, "GET", "/backup-vaults//access-policy") == (
        "GetBackupVaultAccessPolicy",
        {"backupVaultName": ""},
    )


def test_a_literal_query_decides_between_operations_of_one_path() -> None:
    path = "/backup-vaults/v/mpaApprovalTeam"
    assert matched(ROUTER, "POST", path, "delete")[0] == "DisassociateBackupVaultMpaApprovalTeam"
    assert matched(ROUTER, "PUT", path, "delete")[0] == "AssociateBackupVaultMpaApprovalTeam"
    with pytest.raises(MethodNotAllowed) as refused:
        ROUTER.match("POST", path, ())
    assert refused.value.allowed == ("PUT",)


def test_a_route_with_its_literal_query_goes_before_the_same_route_without() -> None:
    plain, flagged = operation("Plain", "POST", "/a"), operation("Flagged", "POST", "/a?flag")
    for router in (Router([plain, flagged]), Router([flagged, plain])):
        assert matched(router, "POST", "/a", "flag")[0] == "Flagged"
        assert matched(router, "POST", "/a", "other")[0] == "Plain"


def test_a_known_path_with_an_unknown_method_names_the_methods_it_has() -> None:
    with pytest.raises(MethodNotAllowed) as refused:
        ROUTER.match("PATCH", "/backup-vaults/v", ())
    assert refused.value.allowed == ("DELETE", "GET", "PUT")


@pytest.mark.parametrize(
    "path", ["/", "", "///", "/backup-vault", "/backup-vaults/a/b", "/tags", "/{resourceArn}"]
)
def test_a_path_of_no_operation_is_unknown(path: str) -> None:
    with pytest.raises(UnknownOperation):
        ROUTER.match("GET", path, ())


@pytest.mark.parametrize(
    "label", ["%", "%zz", "%2", "a%%3A", "%2%3A", "%ff", "%C3", "%ED%A0%80", "é"]
)
def test_a_label_that_is_not_percent_encoded_utf_8_is_a_serialization_error(label: str) -> None:
    with pytest.raises(SerializationError):
        ROUTER.match("GET", f"/backup-vaults/{label}", ())


def test_two_operations_of_one_route_are_a_bug() -> None:
    with pytest.raises(AssertionError, match="Two and One share a route"):
        Router([operation("One", "GET", "/a/{x}"), operation("Two", "GET", "/a/{y}/")])


@given(
    st.sampled_from(["GET", "PUT", "", "é"]),
    st.text() | st.lists(st.text(), max_size=9).map("/".join),
    st.sets(st.text(max_size=6)),
)
@settings(database=None, deadline=None)
def test_any_path_is_matched_or_refused(method: str, path: str, names: set[str]) -> None:
    try:
        match = ROUTER.match(method, path, names)
    except (UnknownOperation, MethodNotAllowed, SerializationError):
        return
    assert match.operation.method == method


@given(st.text(min_size=1), st.text(min_size=1))
@settings(database=None, deadline=None)
def test_every_text_survives_as_a_label(vault: str, arn: str) -> None:
    escaped = ["".join(f"%{byte:02X}" for byte in text.encode()) for text in (vault, arn)]
    match = ROUTER.match("GET", "/backup-vaults/{}/recovery-points/{}".format(*escaped), ())
    assert match.labels == {"backupVaultName": vault, "recoveryPointArn": arn}
