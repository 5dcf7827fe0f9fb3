"""A server on loopback that speaks S3, with one bucket `nation`, for every test of this run."""

import warnings
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session")
def bucket_endpoint() -> Iterator[str]:
    """Its address; the environment holds credentials that it takes."""
    pytest.importorskip("obstore", reason="obstore is not installed: pip install 'embla[s3]'")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        boto3 = pytest.importorskip("boto3", reason="moto is not installed: pip install 'moto[s3]'")
        server_of = pytest.importorskip("moto.server", reason="moto's server is not installed: pip install 'moto[s3]'")
    patch = pytest.MonkeyPatch()
    for name, value in {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y", "AWS_REGION": "us-east-1"}.items():
        patch.setenv(name, value)
    server = server_of.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    boto3.client("s3", endpoint_url=url, region_name="us-east-1").create_bucket(Bucket="nation")
    yield url
    server.stop()
    patch.undo()
