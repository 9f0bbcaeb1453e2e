"""Examples of responses, for the OpenAPI document."""

from magento_sync.api.models import customers, syncs, websites
from magento_sync.api.models.field_types import WEBSITE_ID
from magento_sync.messages import imported, sentence

RUN_ID = "cmi9x2v7k0001l504f3g8h2qa"
RUN = syncs.RunView(
    id=RUN_ID,
    website_id=WEBSITE_ID,
    trigger="manual",
    status="COMPLETED",
    method="discovery",
    method_reason=None,
    orders_fetched=12,
    imported_customers=10,
    duplicates=1,
    repeat_purchases=0,
    without_email=1,
    failed_orders=0,
    expected_orders=12,
    from_entity_id=50000,
    watermark=50010,
    message=imported(10),
    error_code=None,
    error_message=None,
    queued_at="2026-01-15T06:15:00.000Z",
    started_at="2026-01-15T06:15:00.120Z",
    stop_requested_at=None,
    finished_at="2026-01-15T06:15:02.480Z",
)
RUNNING = RUN.model_copy(
    update={
        "status": "RUNNING",
        "orders_fetched": 6,
        "imported_customers": 5,
        "without_email": 0,
        "watermark": 50005,
        "message": None,
        "finished_at": None,
    }
)
RESULT = syncs.SyncResult(success=True, run=RUN, **RUN.model_dump())
STARTED = syncs.RunInProgress(success=True, message=sentence("STARTED"), run=RUNNING)
STOPPING = syncs.RunInProgress(
    success=True,
    message=sentence("STOPPING"),
    run=RUNNING.model_copy(update={"stop_requested_at": "2026-01-15T06:15:01.000Z"}),
)
STATUS = syncs.WebsiteStatus(
    website_id=WEBSITE_ID,
    auto_upload=True,
    interval=360,
    status="RUNNING",
    sync_status="running",
    last_sync="2026-01-15T00:15:03.000Z",
    next_due_at="2026-01-15T12:15:00.000Z",
    watermark=50005,
    last_run=RUNNING,
    quarantined_orders=[
        syncs.QuarantinedOrder(
            order_id=49871,
            reason_code="ORDER_DAMAGED",
            attempts=2,
            since="2026-01-14T12:15:01.000Z",
            next_attempt_at="2026-01-15T12:15:01.000Z",
        )
    ],
    quarantined_count=1,
)
HISTORY = syncs.RunHistory(runs=[RUN], next_cursor=None)
FAN_OUT = syncs.FanOut(started=3, sent_again=0, waiting=1, not_due=20, refused=0)
CUSTOMER = customers.CustomerView(
    id="cmi9x2v7k0002l504b1c2d3ef",
    website_id=WEBSITE_ID,
    name="Jan de Vries",
    email="jan@example.com",
    product_name="Mok",
    purchase_date="2026-01-14T21:03:11.000Z",
    status="PENDING",
    last_contact=None,
    created_at="2026-01-15T06:15:02.101Z",
)
CUSTOMERS = customers.CustomerPage(customers=[CUSTOMER], next_cursor=None)
WEBSITES = websites.WebsitePage(
    websites=[
        websites.WebsiteSummary(
            website_id=WEBSITE_ID,
            domain="mokken.example",
            auto_upload=True,
            state="running",
            last_sync=STATUS.last_sync,
            next_due_at=STATUS.next_due_at,
            error_code=None,
            error_message=None,
            quarantined_count=1,
            new_customers=24,
            last_run=RUNNING,
        ),
        websites.WebsiteSummary(
            website_id="cdemotassenexample0000000",
            domain="tassen.example",
            auto_upload=True,
            state="failing",
            last_sync="2026-01-14T18:15:02.000Z",
            next_due_at="2026-01-15T06:30:00.000Z",
            error_code="MAINTENANCE",
            error_message=sentence("MAINTENANCE"),
            quarantined_count=0,
            new_customers=0,
            last_run=None,
        ),
    ],
    next_cursor=None,
)
