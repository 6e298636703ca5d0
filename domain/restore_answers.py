"""What GetRecoveryPointRestoreMetadata answers for every resource type: a table, and no rules.

A word in angle brackets stands for something of the point: ``arn``, ``id`` and ``region`` of its
source, its ``point`` id, its ``request-id``, its ``size`` in bytes, when it ``began`` and
``ended`` in seconds, and when it began (``began-ms``) in milliseconds. Keys are documented or
observed unless a comment says that they are chosen; values are chosen, for nothing here knows how
a resource is configured.
"""

from collections.abc import Mapping


def _cluster(engine_version: str, port: str) -> dict[str, str]:
    return {
        "AvailabilityZones": '["<region>a","<region>b","<region>c"]',
        "DBSubnetGroupName": "default",
        "DatabaseName": "main",
        "EngineMode": "provisioned",
        "EngineVersion": engine_version,
        "Port": port,
    }


_INSTANCE = {  # the three settings are chosen
    "DBInstanceClass": "db.t3.medium",
    "Engine": "mysql",
    "InformationalOnly:DBInstanceIdentifier": "<id>",
    "Port": "3306",
    "aws:backup:request-id": "<request-id>",
}
_HANA = {
    "BackupSize": "<size>",
    "DatabaseName": "<id>",
    "DatabaseType": "TENANT",
    "HanaBackupEndTime": "<ended>",
    "HanaBackupId": "<began-ms>",
    "HanaBackupPrefix": "<began-ms>_<id>_FULL",
    "HanaBackupStartTime": "<began>",
    "HanaVersion": "2.00.040.00.1553674765",
    "IsCompressedBySap": "FALSE",
    "IsEncryptedBySap": "FALSE",
    "SourceDatabaseArn": "<arn>",
    "SystemDatabaseSid": "HDB",
    "aws:backup:request-id": "<request-id>",
}
RESTORE_ANSWERS: Mapping[str, Mapping[str, str]] = {
    "Aurora": _cluster("8.0.mysql_aurora.3.05.2", "3306"),
    "CloudFormation": {"StackName": "<id>"},  # chosen
    "DocumentDB": _cluster("5.0.0", "27017"),
    "DSQL": {
        "cluster_id": "<id>",
        "regionalConfig": '[{"region":"<region>","isDeletionProtectionEnabled":true}]',
    },
    "DynamoDB": {"encryptionType": "Default"},  # chosen
    "EBS": {"encrypted": "false", "volumeId": "<id>"},
    "EC2": {
        "CapacityReservationSpecification": '{"CapacityReservationPreference":"open"}',
        "CpuOptions": '{"CoreCount":1,"ThreadsPerCore":2}',
        "CreditSpecification": '{"CpuCredits":"standard"}',
        "DisableApiTermination": "false",
        "EbsOptimized": "false",
        "HibernationOptions": '{"Configured":false}',
        "InstanceInitiatedShutdownBehavior": "stop",
        "InstanceType": "t3.micro",
        "Monitoring": '{"State":"disabled"}',
        "Placement": '{"AvailabilityZone":"<region>a","GroupName":"","Tenancy":"default"}',
        "aws:backup:request-id": "<request-id>",
    },
    "EFS": {  # chosen, but for file-system-id
        "Encrypted": "false",
        "PerformanceMode": "generalPurpose",
        "file-system-id": "<id>",
    },
    "EKS": {"clusterName": "<id>"},  # chosen
    "FSx": {"FileSystemId": "<id>", "FileSystemType": "LUSTRE"},
    "Neptune": _cluster("1.3.2.1", "8182"),
    "RDS": {**_INSTANCE, "DBSnapshotIdentifier": "awsbackup:<point>"},
    "Redshift": {"ClusterIdentifier": "<id>", "NodeType": "ra3.xlplus"},  # chosen
    "Redshift Serverless": {"NamespaceIdentifier": "<id>"},  # chosen
    "S3": {"EncryptionType": "original", "RestoreLatestVersionsUpTo": "1"},  # chosen
    "SAP HANA on Amazon EC2": _HANA,
    "Storage Gateway": {"volumeSizeInBytes": "<size>"},  # chosen
    "Timestream": {"EnableMagneticStoreWrites": "false", "TableName": "<id>"},  # chosen
    "VirtualMachine": {"vmId": "<id>"},
}
# What continuous points answer otherwise: the times, in milliseconds, that they can be restored
# to (``since`` and ``until``), and no snapshot where there is none (inferred).
CONTINUOUS_ANSWERS: Mapping[str, Mapping[str, str]] = {
    "RDS": _INSTANCE,
    "SAP HANA on Amazon EC2": {
        **_HANA,
        "AvailableRestoreBases": "[<began-ms>]",
        "EarliestRestorablePitrTimestamp": "<since>",
        "LatestRestorablePitrTimestamp": "<until>",
    },
}
