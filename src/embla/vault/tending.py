"""Keeping the vault sound: probe, fixity, rotation while serving, and the sweep of bodies that are nobody's."""

from random import Random

from embla.platform import OPERATOR, append_event, rewrap_subject_keys
from embla.vault import headers, store
from embla.vault.genome_keys import wrap_genome_keys_again
from embla.vault.model import Fixity, Found, Probe
from embla.vault.pack_keys import WrappedKeys
from embla.vault.service import Vault

_MANY = 200


def probe(vault: Vault) -> Probe:
    """Open the first and the last byte of a file of each key version in use: a lost or wrong key is found the same
    day, not when somebody needs a file. Cheap at any size."""
    found, tried = [], 0
    with vault.house.database.reading() as connection:
        versions = store.sizes_by_key(connection)
        files = list(store.one_of_each_key(connection))
    for version in versions:
        for file in (one for one in files if one.key_version == version):
            tried += 1
            problem = vault.ends_problem(file)
            if problem:
                found.append(Found(file.sha256, f"Key version {version}: {problem}"))
    return Probe(tried, tuple(found))


def fixity(vault: Vault, *, share: float = 1.0, rng: Random | None = None) -> Fixity:
    """Read everything again, or a share (0 to 1) of the files, those read longest ago first or, with `rng`, by lot."""
    with vault.house.database.reading() as connection:
        files = list(store.every_file(connection))
    wanted = -(-len(files) * max(0.0, min(1.0, share)) // 1)
    chosen = rng.sample(files, int(wanted)) if rng is not None else files[: int(wanted)]
    found, size = [], 0
    for file in chosen:
        problem = vault.problem(file)
        size += file.size
        now = vault.find(file.sha256) if problem else file
        if now is None or now.body != file.body:
            continue  # it left, or was written anew, while it was read
        if problem:
            found.append(Found(file.sha256, problem))
            continue
        with vault.house.database.transaction() as connection:
            store.mark_checked(connection, file.sha256, vault.house.clock())
    return Fixity(len(chosen), size, tuple(found))


def rotate(vault: Vault, *, again: bool = True) -> tuple[int, int, int]:
    """A new version of the vault's key and of the key-encryption key; headers and pack keys go over to them while
    everything serves. Bodies are not touched. Returns (key version, headers, pack keys). `again` False goes on with a
    rotation that died."""
    house = vault.house
    if again:
        vault.keys.prepare()
        vault.keys.rotate()
        house.wrapping.rotate()
    version = vault.keys.version
    with house.database.reading() as connection:
        old = list(store.every_file(connection, older_key=version))
    public, moved = vault.keys.public(version), 0
    for start in range(0, len(old), _MANY):
        made = []
        for file in old[start : start + _MANY]:
            key = headers.open_header(file.header, vault.keys.private(file.key_version))
            made.append((file, headers.make_header(key, [public])))
        with house.database.transaction() as connection:
            moved += sum(store.replace_header(connection, file, header, version) for file, header in made)
    packs = WrappedKeys(house.database, house.wrapping).wrap_again()
    rows = wrap_genome_keys_again(house.database, house.wrapping)
    with house.database.transaction() as connection:
        rewrap_subject_keys(connection, house.wrapping)
        append_event(
            connection,
            at=house.clock(),
            actor=OPERATOR.id,
            kind="vault-key-rotated",
            subject="vault",
            body={
                "version": version,
                "fingerprint": vault.keys.fingerprint(version),
                "headers": moved,
                "packs": packs,
                "genomes": rows,
            },
        )
    return version, moved, packs


def used(vault: Vault) -> dict[int, tuple[int, int]]:
    """Key version -> (files, plain bytes)."""
    with vault.house.database.reading() as connection:
        return store.sizes_by_key(connection)
