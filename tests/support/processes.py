"""Processes that cost milliseconds: forked from a server without threads, with everything imported already."""

from __future__ import annotations

from multiprocessing import get_context

PROCESSES = get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.support.crash_child", "tests.support.killed_import", "requests_oauthlib"])
