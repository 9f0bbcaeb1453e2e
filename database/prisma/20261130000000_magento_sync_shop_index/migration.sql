-- What magento-sync adds so that a fan-out counts the active runs of a shop without reading all runs: one index.
-- It may be run any number of times.

CREATE INDEX IF NOT EXISTS "MagentoSyncRun_shop_status_idx" ON "MagentoSyncRun"("shop", "status");
