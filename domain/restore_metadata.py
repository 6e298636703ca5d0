"""What restore metadata means for every resource type: the table that rules read, and no rules.

Source: Backup Developer Guide, restoring a backup, one page a type; keys are matched whatever
their case. What GetRecoveryPointRestoreMetadata answers is in `restore_answers`.
"""

import re
from collections.abc import Mapping

import attrs

from vaultclock.domain.restore_forms import Accepted, Form, RestoreKind, TagCopy, Times


def _re(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE | re.DOTALL)


def _accepts(**patterns: str) -> dict[str, Accepted]:
    return {key: Accepted(_re(pattern)) for key, pattern in patterns.items()}


def _keys(keys: str) -> tuple[str, ...]:
    return tuple(keys.split())


_BOOLEAN = "true|false"
_GIVEN = _re(".+")
_TRUE = _re("true")
_AURORA_KEYS = _keys(
    "availabilityZones backtrackWindow copyTagsToSnapshot databaseName "
    "dbClusterParameterGroupName dbSubnetGroupName enableCloudwatchLogsExports "
    "enableIAMDatabaseAuthentication engineMode engineVersion kmsKeyId "
    "optionGroupName port restoreToTime scalingConfiguration "
    "UseLatestRestorableTime vpcSecurityGroupIds"
)
_INSTANCE_KEYS = _keys(
    "CreditSpecification DisableApiTermination EbsOptimized HibernationOptions "
    "IamInstanceProfileName InstanceInitiatedShutdownBehavior InstanceType "
    "KernelId LicenseSpecifications NetworkInterfaces Placement RamdiskId "
    "RequireIMDSv2 SecurityGroupIds SubnetId UserData vpcId"
)
_CLUSTER = "arn:aws:rds:<region>:<account>:cluster:<dbClusterIdentifier>"
_VOLUME = Form("EBS", "arn:aws:ec2:<region>:<account>:volume/vol-<hex>")
_INSTANCE = Form("EC2", "arn:aws:ec2:<region>:<account>:instance/i-<hex>")
_NAMESPACE = Form(
    "Redshift Serverless",
    "arn:aws:redshift-serverless:<region>:<account>:namespace/<NamespaceIdentifier>",
    required=("NamespaceIdentifier",),
    into_existing=True,  # documented: it overwrites the namespace
)
_REDSHIFT = Form(
    "Redshift",
    "arn:aws:redshift:<region>:<account>:cluster:<ClusterIdentifier>",
    required=("ClusterIdentifier",),
)


def _cluster(name: str, accepted: Mapping[str, Accepted] | None = None) -> RestoreKind:
    """Make the row of a type that is restored as an RDS cluster; its instances come later."""
    form = Form(name, _CLUSTER, required=("dbClusterIdentifier", "engine"), lower_case=True)
    return RestoreKind(
        name,
        (form,),
        optional=_AURORA_KEYS,
        accepted=accepted or {},
        # An unregistered cluster's backup reads as Aurora's whatever it is, and an Aurora
        # snapshot restored as RDS is an instance (observed).
        becomes=("RDS", "DocumentDB", "Neptune") if name == "Aurora" else (),
        times=Times("restoreToTime", "UseLatestRestorableTime"),  # documented
    )


_KINDS: tuple[RestoreKind, ...] = (
    _cluster("Aurora"),
    RestoreKind(
        "CloudFormation",
        (
            Form(
                "CloudFormation",
                "arn:aws:cloudformation:<region>:<account>:stack/<StackName>/<uuid>",
                required=("ChangeSetName", "StackName"),
            ),
        ),
        optional=_keys("ChangeSetDescription StackParameters"),
    ),
    _cluster("DocumentDB", _accepts(dbClusterIdentifier="[a-z](-?[a-z0-9])*")),
    RestoreKind(
        "DSQL",
        (Form("DSQL", "arn:aws:dsql:<region>:<account>:cluster/<id26>"),),
        optional=_keys("regionalConfig witnessRegion useMultiRegionOrchestration peerRegion"),
        closed=True,  # observed: StartRestoreJob refuses cluster_id
    ),
    RestoreKind(
        "DynamoDB",
        (
            Form(
                "DynamoDB",
                "arn:aws:dynamodb:<region>:<account>:table/<targetTableName>",
                required=("targetTableName",),
            ),
        ),
        optional=_keys("encryptionType kmsMasterKeyArn"),
        accepted=_accepts(encryptionType="Default|KMS"),
        tags=TagCopy.NEVER,
    ),
    RestoreKind(
        "EBS",
        (
            Form(
                "S3",
                "arn:aws:s3:::<destinationBucketName>",
                required=("restoreType", "destinationBucketName", "pathsToRestore"),
                when=("destinationBucketName", _GIVEN),
                warm_only=True,
                into_existing=True,
                item_level=True,
            ),
            attrs.evolve(
                _VOLUME,
                required_when_cold=(
                    "temporaryRestoreDays",
                    "volumeType",
                    "volumeSize",
                    "availabilityZone",
                ),
            ),
        ),
        optional=_keys("encrypted iops kmsKeyId throughput encryptionType"),
        accepted=_accepts(
            temporaryRestoreDays="[0-9]|[1-9][0-9]|1[0-7][0-9]|180",
            volumeType="gp2|gp3|io1|io2|st1|sc1",
            encryptionType="SSE-S3|SSE-KMS",
        ),
        becomes=("Storage Gateway",),
    ),
    RestoreKind(
        "EC2",
        (_INSTANCE,),
        optional=(
            *_INSTANCE_KEYS,
            *_keys(
                "Architecture BlockDeviceMappings CapacityReservationSpecification CpuOptions "
                "ElasticGpuSpecification EnaSupport InstanceMarketOptions KeyName Monitoring "
                "Platform RootDeviceType VirtualizationType"
            ),
        ),
        accepted={
            "IamInstanceProfileName": Accepted(
                _re("(UseBackedUpValue)?"),
                "AWS Backup does not permit attaching a new instance profile to an EC2 instance."
                " Please restore using the backed up instance profile.",
            )
        },
    ),
    RestoreKind(
        "EFS",
        (
            Form(
                "EFS",
                "arn:aws:elasticfilesystem:<region>:<account>:file-system/fs-<hex>",
                required=("CreationToken",),  # observed: aws-cli 4467
                when=("newFileSystem", _TRUE),
            ),
            Form(
                "EFS",
                "arn:aws:elasticfilesystem:<region>:<account>:file-system/<file-system-id>",
                required=("file-system-id",),
                into_existing=True,
            ),
        ),
        optional=_keys(
            "Encrypted KmsKeyId PerformanceMode ItemsToRestore singleAzFilesystem "
            "availabilityZoneName"
        ),
        accepted=_accepts(
            Encrypted=_BOOLEAN, newFileSystem=_BOOLEAN, PerformanceMode="generalPurpose|maxIO"
        ),
        needs={
            "KmsKeyId": ("Encrypted", _TRUE),
            "availabilityZoneName": ("PerformanceMode", _re("(generalPurpose)?")),
        },
    ),
    RestoreKind(
        "EKS",
        (
            Form(
                "EKS",
                "arn:aws:eks:<region>:<account>:cluster/<clusterName>",
                required=("clusterName",),
                when=("newCluster", _TRUE),
            ),
            Form(
                "EKS",
                "arn:aws:eks:<region>:<account>:cluster/<clusterName>",
                required=("clusterName",),
                into_existing=True,
            ),
        ),
        optional=_keys(
            "clusterRole clusterVpcConfig eksClusterVersion "
            "encryptionConfigProviderKeyArn fargateProfiles kubernetesRestoreOrder "
            "namespaceLevelRestore namespaces nestedRestoreJobs nodeGroups "
            "podIdentityAssociations restoreKubernetesManifestsOnly"
        ),
        accepted=_accepts(newCluster=_BOOLEAN),
    ),
    RestoreKind(
        "FSx",
        (
            Form(
                "FSx",
                "arn:aws:fsx:<region>:<account>:volume/<parent>/fsvol-<hex>",
                when=("OntapConfiguration", _GIVEN),
            ),
            Form("FSx", "arn:aws:fsx:<region>:<account>:file-system/fs-<hex>"),
        ),
        optional=_keys(
            "AutomaticBackupRetentionDays CopyTagsToBackups DailyAutomaticBackupStartTime "
            "DeploymentType KmsKeyId LustreConfiguration Name OpenZFSConfiguration "
            "SecurityGroupIds StorageCapacity StorageType SubnetIds VpcId "
            "WeeklyMaintenanceStartTime WindowsConfiguration"
        ),
    ),
    _cluster("Neptune"),
    RestoreKind(
        "RDS",
        (
            Form(
                "RDS",
                "arn:aws:rds:<region>:<account>:db:<DBInstanceIdentifier>",
                required=("DBInstanceIdentifier",),
                lower_case=True,
            ),
        ),
        # besides every parameter of RestoreDBInstanceFromDBSnapshot
        optional=_keys("EngineVersion Encrypted KmsKeyId vpcId"),
        failing=("DBSnapshotIdentifier",),  # observed: answered, and fails when sent back
        times=Times("RestoreTime", "UseLatestRestorableTime"),  # inferred: the RDS API's names
        tags=TagCopy.ALWAYS,
        tags_of_living_source=True,
    ),
    RestoreKind(
        "Redshift",
        (
            attrs.evolve(
                _REDSHIFT,
                when=("RestoreType", _re("TABLE_RESTORE")),
                into_existing=True,
                item_level=True,
            ),
            attrs.evolve(_NAMESPACE, when=("RestoreType", _re("NAMESPACE_RESTORE"))),
            _REDSHIFT,
        ),
        optional=_keys(
            "AdditionalInfo AllowVersionUpgrade AutomatedSnapshotRetentionPeriod "
            "AvailabilityZone ClusterParameterGroupName ClusterSubnetGroupName Encrypted "
            "IamRoles KmsKeyId NodeType NumberOfNodes Port PubliclyAccessible "
            "VpcSecurityGroupIds"
        ),
        accepted=_accepts(
            RestoreType="CLUSTER_RESTORE|TABLE_RESTORE|NAMESPACE_RESTORE",
            AutomatedSnapshotRetentionPeriod="[0-9]|[12][0-9]|3[0-5]",
        ),
        becomes=("Redshift Serverless",),
        tags=TagCopy.ALWAYS,
    ),
    RestoreKind(
        "Redshift Serverless",
        (_NAMESPACE,),
        optional=_keys("RestoreType"),
        accepted=_accepts(RestoreType="NAMESPACE_RESTORE|TABLE_RESTORE"),
        becomes=("Redshift",),
    ),
    RestoreKind(
        "S3",
        (
            Form(
                "S3",
                "arn:aws:s3:::<DestinationBucketName>",
                required=("DestinationBucketName",),
                into_existing=True,
            ),
        ),
        optional=_keys(
            "CreationToken EncryptionType ItemsToRestore KMSKey NewBucket RestoreACLs "
            "RestoreLatestVersionsUpTo"
        ),
        accepted=_accepts(
            EncryptionType="original|SSE-S3|SSE-KMS", RestoreLatestVersionsUpTo="[1-9][0-9]*|all"
        ),
        needs={"KMSKey": ("EncryptionType", _re("SSE-KMS"))},
        times=Times("RestoreTime", only_continuous=True),  # documented
        tags=TagCopy.NEVER,
    ),
    RestoreKind(
        "SAP HANA on Amazon EC2",
        (
            Form(
                "SAP HANA on Amazon EC2",
                "<aws:backup:TargetDatabaseArn>",
                required=("aws:backup:TargetDatabaseArn",),
                into_existing=True,  # documented: it overwrites the target
            ),
        ),
        optional=_keys("CatalogRestoreOption LocalCatalogPath RecoveryType"),
        accepted=_accepts(
            CatalogRestoreOption="NO_CATALOG|LATEST_CATALOG_FROM_AWS_BACKUP"
            "|CATALOG_FROM_LOCAL_PATH",
            RecoveryType="FULL_DATA_BACKUP_RECOVERY|POINT_IN_TIME_RECOVERY"
            "|MOST_RECENT_TIME_RECOVERY",
        ),
        needs={"LocalCatalogPath": ("CatalogRestoreOption", _re("CATALOG_FROM_LOCAL_PATH"))},
        tags=TagCopy.NEVER,
    ),
    RestoreKind(
        "Storage Gateway",
        (
            Form(
                "Storage Gateway",
                "<gatewayArn>/volume/vol-<hex>",
                required=("gatewayArn",),  # inferred: a volume needs a gateway
                warm_only=True,
            ),
        ),
        optional=_keys("diskId gatewayType kmsKey targetName volumeSize volumeSizeInBytes"),
        accepted=_accepts(gatewayType="BACKUP_VM"),
        becomes=("EBS",),
    ),
    RestoreKind(
        "Timestream",
        tuple(
            Form(
                "Timestream",
                f"arn:aws:timestream:<region>:<account>:database/<{key}>/table/<TableName>",
                required=("TableName", key),
                when=when,
            )
            # documented: one name in the list of keys, the other in the example
            for key, when in (
                ("DatabaseName", ("DatabaseName", _GIVEN)),
                ("DestinationDatabase", None),
            )
        ),
        optional=_keys(
            "EnableMagneticStoreWrites MagneticStoreRetentionPeriodInDays "
            "MagneticStoreWriteProperties MemoryStoreRetentionPeriodInHours"
        ),
        accepted=_accepts(TableName=".{2,256}"),
        tags=TagCopy.NEVER,
    ),
    RestoreKind(
        "VirtualMachine",
        (
            Form(
                "VirtualMachine",
                "arn:aws:backup-gateway:<region>:<account>:vm/vm-<hex>",
                when=("RestoreTo", _re("VMware")),
            ),
            # inferred: what RestoreTo says for an instance or a volume is not documented
            attrs.evolve(_INSTANCE, required=("RestoreTo",), when=("InstanceType", _GIVEN)),
            attrs.evolve(_VOLUME, required=("RestoreTo",)),
        ),
        optional=(
            *_INSTANCE_KEYS,
            *_keys(
                "AvailabilityZone DisksToRestore EbsVolumeType IsEncrypted ItemsToRestore KmsKeyId"
            ),
        ),
        tags=TagCopy.NEVER,
    ),
)
RESTORE_KINDS: Mapping[str, RestoreKind] = {kind.name: kind for kind in _KINDS}
