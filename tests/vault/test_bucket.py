"""The vault with its bodies in a bucket: the same promises as in a folder."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from embla.composition import open_home
from embla.errors import Unavailable
from embla.platform import House, Settings
from embla.storage import Bucket, Folder
from embla.storage.bucket import IN_MEMORY
from embla.vault import Vault, fixity, probe, rotate
from tests.vault.test_vault import allowed, content, damages, pieces, put

pytest.importorskip("obstore", reason="obstore is not installed: pip install 'embla[s3]'")


@pytest.fixture
def bucket_house(house: House) -> House:
    bucket = Bucket.in_memory()
    return replace(house, open_files=lambda: bucket)


def test_file__in_a_bucket_comes_back_by_whole_and_by_range(bucket_house: House) -> None:
    for size in (0, 1, 65_535, 65_536, 65_537, IN_MEMORY + 3):
        data = content(size)
        opened = Vault(bucket_house).open(put(bucket_house, data), allowed(bucket_house))

        assert b"".join(opened.pieces()) == data
        assert opened.read(65_530, 20) == data[65_530:65_550]
    assert fixity(Vault(bucket_house)).found == () and rotate(Vault(bucket_house))[1] == 6
    assert probe(Vault(bucket_house)).sound


def test_damage__in_a_bucket_is_found(bucket_house: House) -> None:
    import random

    digest = put(bucket_house, content(300_000))
    vault = Vault(bucket_house)
    file = vault.find(digest)
    good = bucket_house.files.get(file.body)
    for how, damaged in damages(good, random.Random(3), good[::-1]).items():
        bucket_house.files.delete(file.body)
        bucket_house.files.put(file.body, damaged)
        assert [one.sha256 for one in fixity(vault).found] == [digest], how


def test_put__whose_bucket_goes_away_half_way_leaves_no_file(
    bucket_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = content(200_000)
    digest = sha256(data).hexdigest()

    def broken(*given: object, **named: object) -> bool:
        raise Unavailable("the bucket is gone")

    with monkeypatch.context() as patch:
        patch.setattr(bucket_house.files, "read", broken)
        with pytest.raises(Unavailable):
            Vault(bucket_house).put(pieces(data), digest)

    assert Vault(bucket_house).find(digest) is None
    Vault(bucket_house).put(pieces(data), digest)
    Vault(bucket_house).sweep(lambda digest: True, hours=0)
    assert len(bucket_house.files.list()) == 1 and fixity(Vault(bucket_house)).found == ()


def test_setting__says_where_files_lie(tmp_path: Path) -> None:
    home = tmp_path / "home"

    assert open_home(Settings(home=home)).files.path == home / "files"
    elsewhere = open_home(Settings(home=home, files_at=str(tmp_path / "disk"))).files
    assert isinstance(elsewhere, Folder) and elsewhere.path == tmp_path / "disk"
    bucket = open_home(Settings(home=home, files_at="s3://nation/files", files_endpoint="http://127.0.0.1:9")).files
    assert repr(bucket) == "Bucket('s3://nation/files')"
