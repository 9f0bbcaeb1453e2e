-- What magento-sync adds to the app's database: four columns, two tables, three indexes. Nothing of the app's is changed or removed.
-- It may be run any number of times. Run it with `make migrate DATABASE_URL=…`, or hand database/prisma to Prisma (docs/prisma.md).
-- Plain statements only: Prisma splits a migration at semicolons.

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
