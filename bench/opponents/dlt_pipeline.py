"""dlt: its REST source into PostgreSQL, with an insert-only merge by the order's id.

Its best settings for this job: pages of 300, only the fields in use, no nested tables, CSV files (which PostgreSQL
copies), an incremental cursor that reads the last 300 ids again, and OAuth as a stock shop demands.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

PAGE = 300
LAG = 300
FIELDS = "items[entity_id,store_id,created_at,customer_email,customer_firstname,customer_lastname],total_count"
ATTEMPTS = 2

os.environ |= {
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "RUNTIME__LOG_LEVEL": "ERROR",
    "DATA_WRITER__DISABLE_COMPRESSION": "true",
}

import dlt  # noqa: E402 - it reads its settings when it is imported
from dlt.sources.helpers.requests import Client  # noqa: E402
from dlt.sources.rest_api import rest_api_source  # noqa: E402
from requests_oauthlib import OAuth1  # noqa: E402


def signed_session(credentials: dict[str, str]) -> Any:  # noqa: ANN401 - dlt's
    """Returns dlt's session, which signs each request: dlt itself knows no OAuth 1.0a."""
    session = Client(request_max_attempts=ATTEMPTS).session
    session.auth = OAuth1(
        credentials["consumerKey"],
        credentials["consumerSecret"],
        credentials["accessToken"],
        credentials["accessTokenSecret"],
        signature_method="HMAC-SHA256",
    )
    return session


def source(address: str, credentials: dict[str, str]) -> Any:  # noqa: ANN401 - dlt's
    """Returns the shop's orders above the cursor."""
    above = "searchCriteria[filterGroups][0][filters][0]"
    return rest_api_source(
        {
            "client": {
                "base_url": f"{address}/rest/V1/",
                "session": signed_session(credentials),
            },
            "resources": [
                {
                    "name": "orders",
                    "primary_key": "entity_id",
                    "write_disposition": {"disposition": "merge", "strategy": "insert-only"},
                    "max_table_nesting": 0,
                    "endpoint": {
                        "path": "orders",
                        "data_selector": "items",
                        "params": {
                            f"{above}[field]": "entity_id",
                            f"{above}[conditionType]": "gt",
                            f"{above}[value]": "{incremental.start_value}",
                            "searchCriteria[sortOrders][0][field]": "entity_id",
                            "searchCriteria[sortOrders][0][direction]": "ASC",
                            "searchCriteria[pageSize]": PAGE,
                            "fields": FIELDS,
                        },
                        "incremental": {"cursor_path": "entity_id", "initial_value": 0, "lag": LAG},
                        "paginator": {
                            "type": "page_number",
                            "base_page": 1,
                            "page_param": "searchCriteria[currentPage]",
                            "total_path": None,
                            "stop_after_empty_page": True,
                        },
                    },
                }
            ],
        }
    )


def main(address: str, credentials: str, database_url: str, dataset: str, folder: str) -> dict[str, float]:
    """Runs the pipeline and returns the seconds that it took."""
    pipeline = dlt.pipeline(
        pipeline_name=dataset,
        pipelines_dir=folder,
        destination=dlt.destinations.postgres(database_url),
        dataset_name=dataset,
    )
    started = time.perf_counter()
    pipeline.run(source(address, json.loads(credentials)), loader_file_format="csv")
    return {"seconds": time.perf_counter() - started}


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:6])))
