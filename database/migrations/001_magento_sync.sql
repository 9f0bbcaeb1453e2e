-- What magento-sync adds to the app's database: four columns, two tables, three indexes. Nothing of the app's is changed or removed.
-- It may be run any number of times. Run it with `make migrate DATABASE_URL=…`, or hand it to Prisma as a migration of the app.

DO $$
DECLARE
    missing TEXT;
    wrong TEXT;
BEGIN
    SELECT string_agg(format('"%s"', name), ', ') INTO missing
    FROM (VALUES ('Website'), ('Customer')) AS needed(name)
    WHERE NOT EXISTS (
        SELECT FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = needed.name
    );
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'magento-sync: the app''s table(s) % are not in schema "%". Run the app''s own migrations first, or name the right schema in the database URL (?schema=…).',
            missing, COALESCE(current_schema(), '(none of this name)');
    END IF;

    SELECT string_agg(format('"%s"."%s" is %s instead of %s', c.table_name, c.column_name, c.data_type, expected.type), '; ') INTO wrong
    FROM (VALUES
        ('Website', 'magentoAutoUploadInterval', 'integer'),
        ('Website', 'magentoAutoUploadLastRun', 'timestamp without time zone'),
        ('Website', 'magentoSyncRunId', 'text'),
        ('Website', 'magentoSyncFloor', 'integer'),
        ('MagentoSyncRun', 'id', 'text'),
        ('MagentoSyncRun', 'websiteId', 'text'),
        ('MagentoSyncRun', 'status', 'text'),
        ('MagentoSyncRun', 'token', 'text'),
        ('MagentoSyncOrder', 'websiteId', 'text'),
        ('MagentoSyncOrder', 'orderId', 'bigint'),
        ('MagentoSyncOrder', 'outcome', 'text')
    ) AS expected(table_name, column_name, type)
    JOIN information_schema.columns c
        ON c.table_schema = current_schema() AND c.table_name = expected.table_name AND c.column_name = expected.column_name
    WHERE c.data_type <> expected.type;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'magento-sync: a column of this name exists with another type: %. Rename it, or change its type, then run the migration again; nothing was changed.', wrong;
    END IF;
END $$;

ALTER TABLE "Website"
    ADD COLUMN IF NOT EXISTS "magentoAutoUploadInterval" INTEGER NOT NULL DEFAULT 360,
    ADD COLUMN IF NOT EXISTS "magentoAutoUploadLastRun" TIMESTAMP(3),
    ADD COLUMN IF NOT EXISTS "magentoSyncRunId" TEXT,
    ADD COLUMN IF NOT EXISTS "magentoSyncFloor" INTEGER;

CREATE TABLE IF NOT EXISTS "MagentoSyncRun" (
    "id" TEXT NOT NULL,
    "websiteId" TEXT NOT NULL,
    "shop" TEXT NOT NULL,
    "trigger" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "token" TEXT,
    "method" TEXT,
    "methodReason" TEXT,
    "ordersFetched" INTEGER NOT NULL DEFAULT 0,
    "importedCustomers" INTEGER NOT NULL DEFAULT 0,
    "duplicates" INTEGER NOT NULL DEFAULT 0,
    "repeatPurchases" INTEGER NOT NULL DEFAULT 0,
    "withoutEmail" INTEGER NOT NULL DEFAULT 0,
    "failedOrders" INTEGER NOT NULL DEFAULT 0,
    "expectedOrders" INTEGER,
    "fromEntityId" INTEGER,
    "toEntityId" INTEGER,
    "probedUpTo" BIGINT,
    "existsUpTo" BIGINT,
    "errorCode" TEXT,
    "errorMessage" TEXT,
    "errorParameters" JSONB,
    "retryAt" TIMESTAMP(3),
    "refusedCredentials" TEXT,
    "newestCheckedAt" TIMESTAMP(3),
    "failuresInARow" INTEGER NOT NULL DEFAULT 0,
    "invocations" INTEGER NOT NULL DEFAULT 0,
    "idleInvocations" INTEGER NOT NULL DEFAULT 0,
    "queuedAt" TIMESTAMP(3) NOT NULL,
    "startedAt" TIMESTAMP(3),
    "heartbeatAt" TIMESTAMP(3),
    "finishedAt" TIMESTAMP(3),
    "stopRequestedAt" TIMESTAMP(3),

    CONSTRAINT "MagentoSyncRun_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "MagentoSyncRun_websiteId_fkey" FOREIGN KEY ("websiteId") REFERENCES "Website"("id") ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE IF NOT EXISTS "MagentoSyncOrder" (
    "websiteId" TEXT NOT NULL,
    "orderId" BIGINT NOT NULL,
    "outcome" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 1,
    "failedSince" TIMESTAMP(3),
    "nextAttemptAt" TIMESTAMP(3),
    "reasonCode" TEXT,
    "runId" TEXT,
    "recordedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "MagentoSyncOrder_pkey" PRIMARY KEY ("websiteId", "orderId"),
    CONSTRAINT "MagentoSyncOrder_websiteId_fkey" FOREIGN KEY ("websiteId") REFERENCES "Website"("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- What a database lacks that was migrated by an earlier version.
ALTER TABLE "MagentoSyncRun"
    ADD COLUMN IF NOT EXISTS "methodReason" TEXT,
    ADD COLUMN IF NOT EXISTS "probedUpTo" BIGINT,
    ADD COLUMN IF NOT EXISTS "existsUpTo" BIGINT,
    ADD COLUMN IF NOT EXISTS "refusedCredentials" TEXT,
    ADD COLUMN IF NOT EXISTS "newestCheckedAt" TIMESTAMP(3),
    ADD COLUMN IF NOT EXISTS "idleInvocations" INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS "stopRequestedAt" TIMESTAMP(3);

ALTER TABLE "MagentoSyncOrder" ADD COLUMN IF NOT EXISTS "failedSince" TIMESTAMP(3);

UPDATE "MagentoSyncOrder" SET "failedSince" = "recordedAt" WHERE "outcome" = 'failed' AND "failedSince" IS NULL;

CREATE INDEX IF NOT EXISTS "MagentoSyncRun_websiteId_queuedAt_idx" ON "MagentoSyncRun"("websiteId", "queuedAt");

CREATE INDEX IF NOT EXISTS "MagentoSyncRun_status_idx" ON "MagentoSyncRun"("status");

CREATE INDEX IF NOT EXISTS "Customer_websiteId_lower_email_idx" ON "Customer"("websiteId", lower("email"));
