import base64
import hashlib
import io
import secrets
from pathlib import Path

import pytest

from ledgergraph.errors import BadSetting, Corrupt
from resources.sealing import CHUNK, KEY_BYTES, MAGIC, TAG, masters
from resources.store import Store, blob_uri, key_uri
from resources.verification import verify

DOCUMENT = b"%PDF-1.7 of Jane Doe " * 20


def key_file(folder: Path, *keys: bytes) -> str:
    lines = [base64.b64encode(key).decode() for key in keys or (secrets.token_bytes(KEY_BYTES),)]
    path = folder / f"{secrets.token_hex(4)}.key"
    path.write_text("\n".join(lines))
    return str(path)


@pytest.fixture
def sealed(store: Store, tmp_path: Path) -> Store:
    """A store of each kind that seals."""
    return Store(store.url, key_file(tmp_path))


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_a_sealed_document_comes_back_and_is_verified(tmp_path: Path, size: int) -> None:
    sealed = Store(str(tmp_path / "store"), key_file(tmp_path))
    data = secrets.token_bytes(size)
    sha256, counted = sealed.take(io.BytesIO(data))
    assert (sha256, counted) == (hashlib.sha256(data).hexdigest(), size)
    assert sealed.blob(f"sha256:{sha256}") == data
    assert verify(sealed) == []
    held = sealed.read(blob_uri(sha256))
    assert held.startswith(MAGIC)
    assert len(held) == len(MAGIC) + size + TAG * max(1, -(-size // CHUNK))


def test_nothing_in_a_store_tells_what_a_sealed_document_says(sealed: Store) -> None:
    sealed.take(io.BytesIO(DOCUMENT))
    assert sealed.names("blobs/")
    assert all(b"Jane" not in sealed.read(uri) for uri in sealed.names(""))


def test_a_sealed_document_taken_again_stays_as_it_is(sealed: Store) -> None:
    sha256, _ = sealed.take(io.BytesIO(DOCUMENT))
    before = {uri: sealed.read(uri) for uri in sealed.names("")}
    assert sealed.take(io.BytesIO(DOCUMENT))[0] == sha256
    assert {uri: sealed.read(uri) for uri in sealed.names("")} == before


def test_a_key_whose_document_was_not_written_before_a_kill_seals_it(sealed: Store) -> None:
    sha256, _ = sealed.take(io.BytesIO(DOCUMENT))
    before = {uri: sealed.read(uri) for uri in sealed.names("")}
    sealed.remove(blob_uri(sha256))
    sealed.take(io.BytesIO(DOCUMENT))
    assert {uri: sealed.read(uri) for uri in sealed.names("")} == before
    assert sealed.blob(f"sha256:{sha256}") == DOCUMENT


def test_each_document_has_a_key_of_its_own(sealed: Store) -> None:
    one, two = (sealed.take(io.BytesIO(data))[0] for data in (b"one", b"two"))
    sealed.put(key_uri(one), sealed.read(key_uri(two)))
    with pytest.raises(Corrupt, match="key"):
        sealed.blob(f"sha256:{one}")


@pytest.mark.parametrize("place", [0, len(MAGIC), -1])
def test_a_flipped_byte_of_a_sealed_document_is_named(sealed: Store, place: int) -> None:
    sha256, _ = sealed.take(io.BytesIO(DOCUMENT))
    data = bytearray(sealed.read(blob_uri(sha256)))
    data[place] ^= 1
    sealed.put(blob_uri(sha256), bytes(data))
    assert [blob_uri(sha256) in sentence for sentence in verify(sealed)] == [True]


def test_a_sealed_document_that_was_cut_after_a_piece_is_named(tmp_path: Path) -> None:
    sealed = Store(str(tmp_path / "store"), key_file(tmp_path))
    sha256, _ = sealed.take(io.BytesIO(secrets.token_bytes(2 * CHUNK)))
    held = sealed.read(blob_uri(sha256))
    sealed.put(blob_uri(sha256), held[: len(MAGIC) + CHUNK + TAG])
    assert [blob_uri(sha256) in sentence for sentence in verify(sealed)] == [True]


def test_without_the_master_key_nothing_is_read_and_the_setting_is_named(
    sealed: Store, tmp_path: Path
) -> None:
    document_id = "sha256:" + sealed.take(io.BytesIO(DOCUMENT))[0]
    for other in (Store(sealed.url), Store(sealed.url, key_file(tmp_path))):
        with pytest.raises(BadSetting, match="LEDGERGRAPH_MASTER_KEY_FILE"):
            other.blob(document_id)


def test_an_earlier_master_key_opens_what_it_wrapped(tmp_path: Path) -> None:
    old, new = secrets.token_bytes(KEY_BYTES), secrets.token_bytes(KEY_BYTES)
    url = str(tmp_path / "store")
    earlier = "sha256:" + Store(url, key_file(tmp_path, old)).take(io.BytesIO(b"earlier"))[0]
    both = Store(url, key_file(tmp_path, new, old))
    later = "sha256:" + both.take(io.BytesIO(b"later"))[0]
    assert (both.blob(earlier), both.blob(later)) == (b"earlier", b"later")
    assert Store(url, key_file(tmp_path, new)).blob(later) == b"later"


def test_plain_documents_stay_readable_beside_sealed_ones(tmp_path: Path) -> None:
    url = str(tmp_path / "store")
    plain = ["sha256:" + Store(url).take(io.BytesIO(data))[0] for data in (DOCUMENT, MAGIC + b"x")]
    sealed = Store(url, key_file(tmp_path))
    assert [sealed.blob(one) for one in plain] == [DOCUMENT, MAGIC + b"x"]
    assert verify(sealed) == []


@pytest.mark.parametrize("text", ["", "not base64!", base64.b64encode(b"short").decode()])
def test_a_file_without_a_master_key_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "key"
    path.write_text(text)
    with pytest.raises(BadSetting, match="openssl rand -base64 32"):
        masters(str(path))
    with pytest.raises(BadSetting, match="cannot be read"):
        masters(str(tmp_path / "none"))
