"""The words that policies of AWS Backup may be made of: its actions and the condition keys.

What they mean is not said here.
"""

# Service Authorization Reference: every operation is an action, and two are permissions alone.
ACTIONS = frozenset(
    f"backup:{name}".lower()
    for name in """
    AssociateBackupVaultMpaApprovalTeam CancelLegalHold CopyFromBackupVault CopyIntoBackupVault
    CreateBackupAccessPoint CreateBackupPlan CreateBackupSelection CreateBackupVault
    CreateFramework CreateLegalHold CreateLogicallyAirGappedBackupVault CreateReportPlan
    CreateRestoreAccessBackupVault CreateRestoreTestingPlan CreateRestoreTestingSelection
    CreateTieringConfiguration DeleteBackupAccessPoint DeleteBackupPlan DeleteBackupSelection
    DeleteBackupVault DeleteBackupVaultAccessPolicy DeleteBackupVaultLockConfiguration
    DeleteBackupVaultNotifications DeleteFramework DeleteRecoveryPoint DeleteReportPlan
    DeleteRestoreTestingPlan DeleteRestoreTestingSelection DeleteTieringConfiguration
    DescribeBackupAccessPoint DescribeBackupJob DescribeBackupVault DescribeCopyJob
    DescribeFramework DescribeGlobalSettings DescribeProtectedResource DescribeRecoveryPoint
    DescribeRegionSettings DescribeReportJob DescribeReportPlan DescribeRestoreJob
    DescribeScanJob DisassociateBackupVaultMpaApprovalTeam DisassociateRecoveryPoint
    DisassociateRecoveryPointFromParent ExportBackupPlanTemplate GetBackupPlan
    GetBackupPlanFromJSON GetBackupPlanFromTemplate GetBackupSelection
    GetBackupVaultAccessPolicy GetBackupVaultNotifications GetLegalHold
    GetPITRMalwareScanResults GetRecoveryPointIndexDetails GetRecoveryPointRestoreMetadata
    GetRestoreJobMetadata GetRestoreTestingInferredMetadata GetRestoreTestingPlan
    GetRestoreTestingSelection GetSupportedResourceTypes GetTieringConfiguration
    ListBackupAccessPoints ListBackupAccessPointsByRecoveryPoint
    ListBackupAccessPointsByResource ListBackupJobSummaries ListBackupJobs
    ListBackupPlanTemplates ListBackupPlanVersions ListBackupPlans ListBackupSelections
    ListBackupVaults ListCopyJobSummaries ListCopyJobs ListFrameworks ListIndexedRecoveryPoints
    ListLegalHolds ListProtectedResources ListProtectedResourcesByBackupVault
    ListRecoveryPointsByBackupVault ListRecoveryPointsByLegalHold ListRecoveryPointsByResource
    ListReportJobs ListReportPlans ListRestoreAccessBackupVaults ListRestoreJobSummaries
    ListRestoreJobs ListRestoreJobsByProtectedResource ListRestoreTestingPlans
    ListRestoreTestingSelections ListScanJobSummaries ListScanJobs ListTags
    ListTieringConfigurations PutBackupVaultAccessPolicy PutBackupVaultLockConfiguration
    PutBackupVaultNotifications PutRestoreValidationResult RevokeRestoreAccessBackupVault
    StartBackupJob StartCopyJob StartReportJob StartRestoreJob StartScanJob StopBackupJob
    TagResource UntagResource UpdateBackupPlan UpdateFramework UpdateGlobalSettings
    UpdateRecoveryPointIndexSettings UpdateRecoveryPointLifecycle UpdateRegionSettings
    UpdateReportPlan UpdateRestoreTestingPlan UpdateRestoreTestingSelection
    UpdateTieringConfiguration
    """.split()  # noqa: SIM905 - so many names read better without quotes
)
COPY_INTO = "backup:CopyIntoBackupVault"
COPY_FROM = "backup:CopyFromBackupVault"

# IAM User Guide, global condition keys
_GLOBAL = """
    AssumedRoot CalledVia CalledViaFirst CalledViaLast ChatbotSourceArn CurrentTime
    Ec2InstanceSourcePrivateIPv4 Ec2InstanceSourceVpc EpochTime FederatedProvider
    MultiFactorAuthAge MultiFactorAuthPresent PrincipalAccount PrincipalArn
    PrincipalIsAWSService PrincipalOrgID PrincipalOrgPaths PrincipalServiceName
    PrincipalServiceNamesList PrincipalType referer RequestedRegion ResourceAccount
    ResourceOrgID ResourceOrgPaths SecureTransport SignInSessionArn SourceAccount SourceArn
    SourceIdentity SourceIp SourceOrgID SourceOrgPaths SourceVpc SourceVpcArn SourceVpce TagKeys
    TokenIssueTime UserAgent userid username ViaAWSService VpceAccount VpceOrgID VpceOrgPaths
    VpcSourceIp
"""
_OURS = """
    ChangeableForDays CopyTargetOrgPaths CopyTargets FrameworkArns MaxRetentionDays MinRetentionDays
    MpaApprovalTeamArn
"""
KEYS = frozenset(
    f"{prefix}:{name}".lower()
    for prefix, names in (("aws", _GLOBAL), ("backup", _OURS))
    for name in names.split()
)
KEYS_OF_TAGS = ("aws:principaltag/", "aws:requesttag/", "aws:resourcetag/")
_OWN_PREFIXES = ("aws:", "backup:")


def is_action(text: str) -> bool:
    """Tell whether AWS Backup has an action, in whatever case."""
    return text.lower() in ACTIONS


def is_key(text: str) -> bool:
    """Tell whether a condition key can be: those of other services are never said, but can.

    ``text`` is in lower case.
    """
    if text in KEYS or any(text.startswith(prefix) and text != prefix for prefix in KEYS_OF_TAGS):
        return True
    prefix, colon, name = text.partition(":")
    return bool(prefix and colon and name) and not text.startswith(_OWN_PREFIXES)
