"""The log that nobody can bend: a Merkle tree over the events, signed checkpoints, checks that need only public keys.

`merkle`, `entry` and `faults` are pure; `keeper` follows the log, signs it, copies what was signed (`copies`) and
keeps the "log intact" light; `export` writes the log as a file, `audit` checks one (or the database) and names the
first wrong entry; `proofs` shows single entries; `personal` seals what erasure must reach.
"""
