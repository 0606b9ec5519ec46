"""Places: what a URL names, be it a folder, memory or a bucket, and one error where none answers.

Belongs here: opening a URL, and turning what services raise into the errors of
Ledgergraph. Not here: what lies in a place (store, inbox).
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import fsspec
from fsspec import AbstractFileSystem

from ledgergraph.errors import BadSetting, ServiceMissing


def opened(url: str, variable: str) -> tuple[AbstractFileSystem, str]:
    """The file system behind a URL, and the path in it; nothing is connected yet.

    Raises BadSetting that names the variable if the URL is of no known scheme.
    """
    # Listings are asked anew; a file comes in one request, without asking for its size first.
    of_s3: dict[str, Any] = {"use_listings_cache": False, "max_concurrency": 1}
    options = of_s3 if url.startswith("s3") else {}
    try:
        system, root = fsspec.core.url_to_fs(url, **options)
    except (ImportError, ValueError) as error:
        raise BadSetting(
            variable, f"is {url!r}. Name a folder or an s3:// URL. {error}."
        ) from error
    return system, root.rstrip("/")


@contextmanager
def answering(url: str) -> Iterator[None]:
    """ServiceMissing if what is behind a URL does not answer or refuses; what is absent passes."""
    try:
        yield
    except _refusals() as error:
        remedy = f"Start it, or check its address and the rights to use it: {error}"
        raise ServiceMissing(url, remedy) from error


def _refusals() -> tuple[type[Exception], ...]:
    """What file systems raise, and the S3 client of its own if it is in use at all."""
    client = sys.modules.get("botocore.exceptions")
    of_client = () if client is None else (client.BotoCoreError,)
    return (PermissionError, ConnectionError, TimeoutError, *of_client)
