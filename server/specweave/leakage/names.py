"""What a column's name says: words of names in any writing style, and the lists of words detectors know.

A name is weak evidence. No detector calls anything certain because of one.
"""

from __future__ import annotations

import re

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

ID_WORDS = frozenset(
    [
        "id",
        "ids",
        "key",
        "uuid",
        "guid",
        "index",
        "idx",
        "no",
        "nr",
        "code",
        "ref",
        "reference",
        "record",
        "serial",
        "pid",
        "order",
    ]
)
ENTITY_WORDS = frozenset(
    [
        "user",
        "users",
        "customer",
        "client",
        "patient",
        "subject",
        "person",
        "household",
        "account",
        "member",
        "employee",
        "student",
        "driver",
        "device",
        "machine",
        "sensor",
        "engine",
        "vehicle",
        "store",
        "shop",
        "merchant",
        "seller",
        "supplier",
        "company",
        "firm",
        "author",
        "speaker",
        "session",
        "ticket",
        "case",
        "site",
        "hospital",
        "clinic",
        "school",
        "family",
        "policyholder",
        "batch",
        "lot",
        "run",
        "plate",
        "slide",
        "wafer",
        "device",
        "machine",
        "sensor",
        "vehicle",
        "participant",
        "donor",
        "animal",
        "borrower",
        "card",
        "userid",
        "customerid",
        "patientid",
    ]
)
BIRTH_WORDS = frozenset(["birth", "dob", "born", "birthday", "birthdate"])
TIME_WORDS = frozenset(["time", "timestamp", "date", "datetime", "epoch", "created", "updated", "ts"])
AFTERWARDS_WORDS = frozenset(
    [
        "claim",
        "claims",
        "claimcst",
        "numclaims",
        "outcome",
        "outcomes",
        "cancel",
        "cancelled",
        "canceled",
        "cancellation",
        "cancellations",
        "refund",
        "refunds",
        "refunded",
        "casualty",
        "casualties",
        "payout",
        "payouts",
        "settled",
        "settlement",
        "settlements",
        "result",
        "results",
        "resolved",
        "resolution",
        "closed",
        "closing",
        "closure",
        "terminated",
        "termination",
        "exit",
        "discharge",
        "discharged",
        "death",
        "died",
        "deceased",
        "chargeback",
        "chargebacks",
        "recovered",
        "recovery",
        "recoveries",
        "charged",
        "writeoff",
        "collection",
        "collections",
        "investigation",
        "investigations",
        "investigated",
        "dispute",
        "disputes",
        "disputed",
        "appeal",
        "penalty",
        "verdict",
        "decision",
        "approved",
        "rejected",
        "final",
        "afterwards",
        "later",
        "eventual",
        "eventually",
        "actual",
        "realised",
        "realized",
        "returned",
        "repaid",
    ]
)


def words(name: str) -> frozenset[str]:
    """The lower-case words of a name: "customerID", "customer_id" and "Customer Id" all give customer and id."""
    return frozenset(part.lower() for part in _WORDS.findall(name))


def says(name: str, known: frozenset[str]) -> bool:
    """Whether one of the words of a name, or the beginning of a joined one ("claimcst0"), is among `known`."""
    return bool(words(name) & known)
