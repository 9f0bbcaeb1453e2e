"""Examples for the OpenAPI document. A test checks them against the models."""

from typing import Any

from magento_sync.messages import imported, sentence

WEBSITE_ID = "cm0websitewebsitewebsite1"
RUN_ID = "cmi9x2v7k0001l504f3g8h2qa"
COUNTS: dict[str, Any] = {
    "ordersFetched": 12,
    "importedCustomers": 10,
    "duplicates": 1,
    "repeatPurchases": 0,
    "withoutEmail": 1,
    "failedOrders": 0,
}
RUN: dict[str, Any] = {
    **COUNTS,
    "id": RUN_ID,
    "websiteId": WEBSITE_ID,
    "trigger": "manual",
    "status": "COMPLETED",
    "method": "discovery",
    "methodReason": None,
    "expectedOrders": 12,
    "fromEntityId": 50000,
    "watermark": 50010,
    "message": imported(10),
    "errorCode": None,
    "errorMessage": None,
    "queuedAt": "2026-01-15T06:15:00.000Z",
    "startedAt": "2026-01-15T06:15:00.120Z",
    "stopRequestedAt": None,
    "finishedAt": "2026-01-15T06:15:02.480Z",
}
RUNNING: dict[str, Any] = {
    **RUN,
    "status": "RUNNING",
    "ordersFetched": 6,
    "importedCustomers": 5,
    "withoutEmail": 0,
    "watermark": 50005,
    "message": None,
    "finishedAt": None,
}
RESULT: dict[str, Any] = {
    **COUNTS,
    "success": True,
    "message": imported(10),
    "watermark": 50010,
    "errorCode": None,
    "run": RUN,
}
STARTED: dict[str, Any] = {"success": True, "message": sentence("STARTED"), "run": RUNNING}
STOPPING: dict[str, Any] = {
    "success": True,
    "message": sentence("STOPPING"),
    "run": {**RUNNING, "stopRequestedAt": "2026-01-15T06:15:01.000Z"},
}
STATUS: dict[str, Any] = {
    "websiteId": WEBSITE_ID,
    "autoUpload": True,
    "interval": 360,
    "status": "RUNNING",
    "syncStatus": "running",
    "lastSync": "2026-01-15T00:15:03.000Z",
    "nextDueAt": "2026-01-15T12:15:00.000Z",
    "watermark": 50005,
    "lastRun": RUNNING,
    "quarantinedOrders": [
        {
            "orderId": 49871,
            "reasonCode": "ORDER_DAMAGED",
            "attempts": 2,
            "since": "2026-01-14T12:15:01.000Z",
            "nextAttemptAt": "2026-01-15T12:15:01.000Z",
        }
    ],
    "quarantinedCount": 1,
}
HISTORY: dict[str, Any] = {"runs": [RUN], "nextCursor": None}
FAN_OUT: dict[str, Any] = {"started": 3, "sentAgain": 0, "waiting": 1, "notDue": 20, "refused": 0}
CUSTOMER_ENTRY: dict[str, Any] = {
    "websiteId": WEBSITE_ID,
    "email": "jan@example.com",
    "name": "Jan de Vries",
    "productName": "Mok",
    "purchaseDate": "2026-01-14T21:03:11Z",
}
CUSTOMER: dict[str, Any] = {
    "id": "cmi9x2v7k0002l504b1c2d3ef",
    "websiteId": WEBSITE_ID,
    "name": "Jan de Vries",
    "email": "jan@example.com",
    "productName": "Mok",
    "purchaseDate": "2026-01-14T21:03:11.000Z",
    "status": "PENDING",
    "lastContact": None,
    "createdAt": "2026-01-15T06:15:02.101Z",
}
CUSTOMERS: dict[str, Any] = {"customers": [CUSTOMER], "nextCursor": None}
