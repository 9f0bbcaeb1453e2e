-- What magento-sync adds so that the overview of all websites counts without reading every order and customer: two indexes.
-- It may be run any number of times. The second one also gives pages of one website's customers in order.
-- The first one has an expression so that Prisma ignores it: Prisma 7.4 takes an index with only columns and a WHERE for drift.

CREATE INDEX IF NOT EXISTS "MagentoSyncOrder_quarantine_idx"
    ON "MagentoSyncOrder"("websiteId", "orderId", ("outcome" = 'failed')) WHERE "outcome" = 'failed';

CREATE INDEX IF NOT EXISTS "Customer_websiteId_createdAt_id_idx" ON "Customer"("websiteId", "createdAt", "id");
