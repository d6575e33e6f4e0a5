"""Words into names: the API's snake_case plurals into Python classes, members and sentences."""

from __future__ import annotations

import keyword
import re

IRREGULAR = {"data": "datum", "statuses": "status", "taxes": "tax", "addresses": "address", "analyses": "analysis"}
INVARIANT = frozenset({"settings_data"})

# What users call on a client besides its domains; a test compares it with the class.
CLIENT_NAMES = frozenset({"aclose", "api_version", "close", "download", "request", "with_options"})


def pascal(words: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in re.split(r"[^0-9A-Za-z]+", words) if word)


def singular(words: str) -> str:
    """The singular of the last word: ``review_processes`` to ``review_process``."""
    head, _, last = words.rpartition("_")
    if last in IRREGULAR:
        last = IRREGULAR[last]
    elif last.endswith("ies"):
        last = last[:-3] + "y"
    elif last.endswith(("sses", "shes", "ches", "xes")):
        last = last[:-2]
    elif last.endswith("s") and not last.endswith("ss"):
        last = last[:-1]
    return f"{head}_{last}" if head else last


def spoken(words: str) -> str:
    return words.replace("_", " ")


def with_article(words: str) -> str:
    return f"{'an' if words[:1] in 'aeio' else 'a'} {words}"


def identifier(name: str) -> str:
    """A wire name as a Python argument or field: ``ids[]`` to ``ids``, ``from`` to ``from_``."""
    bare = name.removesuffix("[]")
    return f"{bare}_" if keyword.iskeyword(bare) else bare


def domain_attribute(domain: str) -> str:
    """A domain as an attribute of the client; one that is called like a method of the client gets an underscore."""
    name = identifier(domain)
    return f"{name}_" if name in CLIENT_NAMES else name


def member(value: str) -> str:
    """An enum value as a member's name."""
    name = re.sub(r"[^0-9A-Za-z]+", "_", value).strip("_").upper() or "EMPTY"
    return f"VALUE_{name}" if name[0].isdigit() else name


def is_id(name: str) -> bool:
    """Whether a field or filter holds identifiers, by the API's naming rule."""
    bare = name.removesuffix("[]")
    return bare in ("id", "ids") or bare.endswith(("_id", "_ids"))
