"""A local S3 server (moto) and the settings that make it the media store."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from moto.moto_server.threaded_moto_server import ThreadedMotoServer


@contextmanager
def bucket_server(name: str = "films") -> Iterator[dict[str, Any]]:
    """An S3 server on a free port with one empty bucket; gives the value of ``settings.MEDIA_BUCKET``."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    options = {
        "bucket_name": name,
        "endpoint_url": f"http://{host}:{port}",
        "region_name": "us-east-1",
        "access_key": "key",
        "secret_key": "secret",
        "location": "matinee",
        "addressing_style": "path",
    }
    try:
        client_of(options).create_bucket(Bucket=name)
        yield options
    finally:
        server.stop()


def client_of(options: dict[str, Any]) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=options["endpoint_url"],
        region_name=options["region_name"],
        aws_access_key_id=options["access_key"],
        aws_secret_access_key=options["secret_key"],
    )
