"""What every room above stands on: settings, log lines, languages; the database, the event log, accounts and paging.

Owns: how Embla is told about its surroundings (environment, `settings.toml`), how it tells about itself (JSON log
lines without persons), and in which language it speaks (English, Danish); `Database` and its migrations, the
hash-chained `events`, `Actor`, accounts, sessions and tokens, the pointer to the store's current manifest, the
`Keyring` that signs everything and the `Wrapping` that wraps keys kept in the database. Words:
`home` is the one folder that holds database, keys, vault and settings; `House` is that home, open, as services are
given it; `translator` gives gettext functions for one language. A room's tables are declared on `metadata` and come
through `migrations/versions/vNNNN_room.py` (one linear chain, see migrate.py).
Never knows: genotypes, persons, what a page shows. Start at settings.py, then house.py, database.py, events.py.
"""

from typing import TYPE_CHECKING

from embla.face import lazy

if TYPE_CHECKING:
    from embla.platform.accounts import (
        Account,
        Token,
        actor_of_issued,
        actor_of_token,
        close_account,
        create_account,
        find_account,
        issue_token,
        list_accounts,
        list_tokens,
        note_use,
        revoke_tokens,
    )
    from embla.platform.acting import act_for
    from embla.platform.actor import ANONYMOUS, OPERATOR, ROLES, Actor
    from embla.platform.addresses import is_safe_address, is_this_machine
    from embla.platform.clock import Clock, NewId, parse_time, random_id, time_text, utc_now
    from embla.platform.compact import compact, parse_compact
    from embla.platform.database import Database, sqlite_url
    from embla.platform.dumping import dump_table, dumped_lines, fill_tables, load_tables, table_names
    from embla.platform.envelope import Envelope, PublicKey, PublicKeys, parse_envelope
    from embla.platform.events import (
        Event,
        append_event,
        event_rows,
        events_of,
        events_saying,
        events_since,
        has_event,
        latest_since,
        newest_events,
        number_before,
        numbered_events,
        read_personal,
        verify_chain,
    )
    from embla.platform.fhir import (
        FhirBundle,
        fhir_absent,
        fhir_component,
        fhir_loinc,
        fhir_observation,
        fhir_own_code,
        fhir_report,
        fhir_value,
    )
    from embla.platform.helptext import speaking, translate_help
    from embla.platform.house import House, log_health
    from embla.platform.key_files import PLAIN_KEY_FILES, KeyFiles, is_sealed, key_files_in, seal_again
    from embla.platform.keyring import Keyring
    from embla.platform.language import (
        DOMAIN,
        LANGUAGES,
        LOCALE,
        Formats,
        Translator,
        formats,
        language_of,
        preferred_language,
        translator,
    )
    from embla.platform.ledger.audit import Audit, LogFile, LogTable, audit, audit_file, is_exported_log
    from embla.platform.ledger.export import export_log
    from embla.platform.ledger.keeper import LogHealth
    from embla.platform.ledger.personal import ERASED, SubjectKey, destroy_subject_key, rewrap_subject_keys, subject_key
    from embla.platform.ledger.proofs import prove_entry, prove_growth
    from embla.platform.ledger.telling import tell_checkpoint, tell_proof
    from embla.platform.listing import or_why
    from embla.platform.logging import configure_logging
    from embla.platform.migrate import database_version, newest_version, rehearse_migration
    from embla.platform.oidc import Provider
    from embla.platform.paging import Page, paged
    from embla.platform.paper import tagged_pdf
    from embla.platform.pointer import current_manifest, move_manifest
    from embla.platform.retelling import retold
    from embla.platform.revoking import REVOCATIONS, REVOKED_FILE, Revocations, read_revocations, tell_revocations
    from embla.platform.secret_files import key_versions, read_secret, replace_file, write_secret
    from embla.platform.sessions import (
        NewSession,
        SignedIn,
        sign_in_demo,
        sign_out,
        sign_out_everywhere,
        start,
        step_up,
        who_is,
    )
    from embla.platform.settings import IN_REPOSITORY, Settings, read_settings
    from embla.platform.starting import (
        DEMO_MARK,
        check_databases,
        check_port,
        check_start,
        is_database_elsewhere,
        is_demo_home,
    )
    from embla.platform.tables import Day, UtcTime, metadata
    from embla.platform.verifying import Tell, Verified, read_public_keys, verify_envelopes
    from embla.platform.wrapping import Wrapping

__all__ = [
    "PLAIN_KEY_FILES",
    "is_database_elsewhere",
    "is_sealed",
    "key_files_in",
    "seal_again",
    "IN_REPOSITORY",
    "ANONYMOUS",
    "Account",
    "Actor",
    "Audit",
    "Clock",
    "DEMO_MARK",
    "DOMAIN",
    "Database",
    "Day",
    "ERASED",
    "Envelope",
    "Event",
    "Formats",
    "House",
    "KeyFiles",
    "Keyring",
    "LANGUAGES",
    "LOCALE",
    "LogFile",
    "LogHealth",
    "LogTable",
    "NewId",
    "NewSession",
    "OPERATOR",
    "Page",
    "Provider",
    "PublicKey",
    "PublicKeys",
    "ROLES",
    "Settings",
    "SignedIn",
    "SubjectKey",
    "Tell",
    "Token",
    "Translator",
    "UtcTime",
    "Verified",
    "Wrapping",
    "actor_of_issued",
    "actor_of_token",
    "append_event",
    "audit",
    "audit_file",
    "check_databases",
    "check_port",
    "check_start",
    "close_account",
    "configure_logging",
    "create_account",
    "current_manifest",
    "database_version",
    "destroy_subject_key",
    "dump_table",
    "dumped_lines",
    "fill_tables",
    "events_of",
    "events_saying",
    "event_rows",
    "events_since",
    "export_log",
    "find_account",
    "formats",
    "has_event",
    "is_exported_log",
    "is_demo_home",
    "is_safe_address",
    "is_this_machine",
    "key_versions",
    "issue_token",
    "language_of",
    "list_accounts",
    "list_tokens",
    "load_tables",
    "log_health",
    "metadata",
    "move_manifest",
    "latest_since",
    "newest_events",
    "newest_version",
    "note_use",
    "number_before",
    "numbered_events",
    "or_why",
    "paged",
    "parse_compact",
    "parse_envelope",
    "parse_time",
    "preferred_language",
    "prove_entry",
    "prove_growth",
    "random_id",
    "read_personal",
    "read_public_keys",
    "read_secret",
    "read_settings",
    "replace_file",
    "rehearse_migration",
    "revoke_tokens",
    "rewrap_subject_keys",
    "sign_in_demo",
    "sign_out",
    "sign_out_everywhere",
    "sqlite_url",
    "start",
    "step_up",
    "subject_key",
    "table_names",
    "act_for",
    "FhirBundle",
    "fhir_absent",
    "fhir_component",
    "fhir_loinc",
    "fhir_observation",
    "fhir_own_code",
    "fhir_report",
    "fhir_value",
    "tagged_pdf",
    "tell_checkpoint",
    "tell_proof",
    "speaking",
    "time_text",
    "translate_help",
    "translator",
    "utc_now",
    "verify_chain",
    "REVOCATIONS",
    "REVOKED_FILE",
    "Revocations",
    "compact",
    "read_revocations",
    "retold",
    "tell_revocations",
    "verify_envelopes",
    "who_is",
    "write_secret",
]

_NAMES = {
    "accounts": "Account actor_of_issued actor_of_token close_account create_account find_account issue_token"
    " list_accounts revoke_tokens list_tokens note_use Token",
    "acting": "act_for",
    "actor": "ANONYMOUS OPERATOR ROLES Actor",
    "clock": "Clock NewId parse_time random_id time_text utc_now",
    "database": "Database sqlite_url",
    "dumping": "dump_table dumped_lines fill_tables load_tables table_names",
    "compact": "compact parse_compact",
    "revoking": "REVOCATIONS REVOKED_FILE Revocations read_revocations tell_revocations",
    "envelope": "Envelope PublicKey PublicKeys parse_envelope",
    "events": "Event append_event event_rows events_of events_saying events_since has_event latest_since newest_events "
    "number_before numbered_events read_personal verify_chain",
    "helptext": "speaking translate_help",
    "house": "House log_health",
    "listing": "or_why",
    "keyring": "Keyring",
    "language": "DOMAIN LANGUAGES LOCALE Formats Translator formats language_of preferred_language translator",
    "ledger.audit": "Audit LogFile LogTable audit audit_file is_exported_log",
    "ledger.export": "export_log",
    "ledger.keeper": "LogHealth",
    "ledger.personal": "ERASED SubjectKey destroy_subject_key rewrap_subject_keys subject_key",
    "ledger.proofs": "prove_entry prove_growth",
    "ledger.telling": "tell_checkpoint tell_proof",
    "logging": "configure_logging",
    "migrate": "database_version newest_version rehearse_migration",
    "addresses": "is_safe_address is_this_machine",
    "oidc": "Provider",
    "paper": "tagged_pdf",
    "fhir": "FhirBundle fhir_absent fhir_component fhir_loinc fhir_observation fhir_own_code fhir_report fhir_value",
    "paging": "Page paged",
    "retelling": "retold",
    "key_files": "PLAIN_KEY_FILES KeyFiles is_sealed key_files_in seal_again",
    "pointer": "current_manifest move_manifest",
    "sessions": "NewSession SignedIn sign_in_demo sign_out sign_out_everywhere start step_up who_is",
    "settings": "IN_REPOSITORY Settings read_settings",
    "starting": "DEMO_MARK check_databases check_port check_start is_database_elsewhere is_demo_home",
    "tables": "Day UtcTime metadata",
    "verifying": "Tell Verified read_public_keys verify_envelopes",
    "secret_files": "key_versions read_secret replace_file write_secret",
    "wrapping": "Wrapping",
}

__getattr__ = lazy(__name__, {name: module for module, names in _NAMES.items() for name in names.split()})
