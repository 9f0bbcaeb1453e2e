"""Faults of what all websites share, each made in the way it comes about."""

from __future__ import annotations

import boto3

from tests.support.leases import hold
from tests.support.operator_commands import FUNCTION, REGION, VARIABLES, make_queue
from tests.support.refusing_pooler import RefusingPooler
from tests.support.ward import Fault, Ward


def _no_database(ward: Ward) -> None:
    ward.use_database("postgresql://app:s3cret@127.0.0.1:1/shop")


def _wrong_password(ward: Ward) -> None:
    pooler = RefusingPooler('password authentication failed for user "app"')
    ward.until_the_end.enter_context(pooler.serving())
    ward.use_database(pooler.url)


def _elsewhere(ward: Ward) -> None:
    ward.use_database(ward.url.rpartition("/")[0] + "/nowhere")


def _missing_right(ward: Ward) -> None:
    ward.sql(f'REVOKE INSERT ON "Customer" FROM {ward.limited()}')


def _hidden_websites(ward: Ward) -> None:
    ward.limited()
    ward.sql('ALTER TABLE "Website" ENABLE ROW LEVEL SECURITY')


def _other_zone(ward: Ward) -> None:
    name = ward.url.rpartition("/")[2]
    ward.sql(f"ALTER DATABASE {name} SET timezone TO 'Europe/Amsterdam'")


def _too_many_syncs(_: Ward) -> None:
    boto3.client("lambda", region_name=REGION).update_function_configuration(
        FunctionName=FUNCTION, Environment={"Variables": {**VARIABLES, "MAX_RUNNING": "1000"}}
    )


def _stalled_run(ward: Ward) -> None:
    lease = hold(ward.system.database, ward.website)
    ward.system.app.age(lease.run.id, 40)


def _no_schedule(ward: Ward) -> None:
    ward.sql("""UPDATE "Website" SET "magentoAutoUploadLastRun" = now() AT TIME ZONE 'UTC' - interval '9 hours'""")


def _failed_event(_: Ward) -> None:
    boto3.client("sqs", region_name=REGION).send_message(QueueUrl=make_queue(), MessageBody="{}")


def _not_deployed(_: Ward) -> None:
    boto3.client("lambda", region_name=REGION).delete_function(FunctionName=FUNCTION)


SYSTEM_FAULTS = [
    Fault("the stage is not deployed", "functions", "ResourceNotFoundException", _not_deployed),
    Fault(
        "no SSM parameter with the database's URL",
        "database",
        "There is no SSM parameter",
        lambda ward: ward.system.ssm.delete_parameter(Name=ward.system.settings.database_url_parameter),
    ),
    Fault("the URL cannot be read", "database", "must begin with postgresql://", lambda ward: ward.use_database("app")),
    Fault(
        "the database's host is unknown",
        "database",
        "failed to resolve host",
        lambda ward: ward.use_database("postgresql://app:s3cret@nowhere.invalid/shop"),
    ),
    Fault("nothing listens on the database's port", "database", "Connection refused", _no_database),
    Fault("the database's password is wrong", "database", "password authentication failed", _wrong_password),
    Fault("the database does not exist", "database", 'database "nowhere" does not exist', _elsewhere),
    Fault(
        "the server offers no TLS",
        "database",
        "server does not support SSL",
        lambda ward: ward.use_database(f"{ward.url}?sslmode=require"),
    ),
    Fault(
        "the migration was not applied",
        "migration",
        "missing: MagentoSyncOrder",
        lambda ward: ward.sql('DROP TABLE "MagentoSyncOrder"'),
    ),
    Fault(
        "a column of a newer version is missing",
        "migration",
        "Website.magentoSyncFloor",
        lambda ward: ward.sql('ALTER TABLE "Website" DROP COLUMN "magentoSyncFloor"'),
    ),
    Fault("the database user lacks a right", "rights", 'lacks INSERT on "Customer"', _missing_right),
    Fault(
        "a column of the app has an unusable type",
        "rights",
        '"Website"."domain" has the type integer',
        lambda ward: ward.sql('ALTER TABLE "Website" ALTER "domain" TYPE integer USING 1'),
    ),
    Fault("row level security hides all websites", "row level security", "hides all websites", _hidden_websites),
    Fault("the database's time zone is not UTC", "time zone", "Europe/Amsterdam", _other_zone),
    Fault(
        "the unique index was dropped",
        "unique index",
        "no unique index",
        lambda ward: ward.sql('DROP INDEX "Customer_websiteId_email_key"'),
    ),
    Fault("the database has too few connections", "connections", "MaxRunning is 1000", _too_many_syncs),
    Fault("a run has died", "stalled runs", "no sign of life", _stalled_run),
    Fault("the schedule does not run", "schedule", "has been due for", _no_schedule),
    Fault("an event failed after all retries", "failure queue", "1 events failed", _failed_event),
]
