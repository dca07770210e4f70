"""An increment packed for a regulator or a later self: evidence, ledger, lineage, bill of materials, all with hashes."""

from specweave.auditing.bundle import Bundle, write_bundle
from specweave.auditing.verifying import Verification, verify_bundle

__all__ = ["Bundle", "Verification", "verify_bundle", "write_bundle"]
