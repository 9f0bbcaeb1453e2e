-- The app's tables as Prisma makes them. For empty databases only: local runs, tests, a first look. The app owns these tables;
-- where it exists already, its own migrations have made them. Names that the code relies on: layers/common/magento_sync/db/names.py.

-- CreateEnum
CREATE TYPE "EmailStatus" AS ENUM ('PENDING', 'SENT', 'FAILED');

-- CreateEnum
CREATE TYPE "MagentoAutoUploadStatus" AS ENUM ('STOPPED', 'RUNNING', 'ERROR');

-- CreateTable
CREATE TABLE "Website" (
    "id" TEXT NOT NULL,
    "domain" TEXT NOT NULL,
    "url" TEXT,
    "magentoApiUrl" TEXT,
    "magentoBearerToken" TEXT,
    "magentoApiKey" TEXT,
    "magentoApiSecret" TEXT,
    "magentoStoreId" TEXT,
    "magentoLastEntityId" INTEGER,
    "magentoAutoUploadEnabled" BOOLEAN NOT NULL DEFAULT false,
    "magentoAutoUploadStatus" "MagentoAutoUploadStatus" NOT NULL DEFAULT 'STOPPED',
    "magentoSyncStatus" TEXT,
    "magentoLastSync" TIMESTAMP(3),
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "Website_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Customer" (
    "id" TEXT NOT NULL,
    "websiteId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "productName" TEXT,
    "purchaseDate" TIMESTAMP(3),
    "status" "EmailStatus" NOT NULL DEFAULT 'PENDING',
    "lastContact" TIMESTAMP(3),
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "Customer_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "EmailSendHistory" (
    "id" TEXT NOT NULL,
    "customerId" TEXT NOT NULL,
    "subject" TEXT,
    "sentAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "EmailSendHistory_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "Customer_websiteId_email_key" ON "Customer"("websiteId", "email");

-- AddForeignKey
ALTER TABLE "Customer" ADD CONSTRAINT "Customer_websiteId_fkey" FOREIGN KEY ("websiteId") REFERENCES "Website"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "EmailSendHistory" ADD CONSTRAINT "EmailSendHistory_customerId_fkey" FOREIGN KEY ("customerId") REFERENCES "Customer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
