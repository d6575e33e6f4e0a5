"""Which list of records a field such as ``training_id`` points into, by the API's naming rule."""

from __future__ import annotations

from functools import cache

from factorialhr.testing._tables.index import COLLECTIONS

EMPLOYEES = "employees/employees"
ACCESSES = "accesses"
"""Not a list of the API: every employee's login, known by ``employee.access_id``."""
COMPANY = "company"
"""Not a list of the API either: the one company that a credential belongs to."""

BY_STEM: dict[str, str] = {
    "company": COMPANY,
    "companies": COMPANY,
    "access": ACCESSES,
    "author": ACCESSES,
    "signee": ACCESSES,
    "approver": EMPLOYEES,
    "assignee": EMPLOYEES,
    "completed_by": EMPLOYEES,
    "employee": EMPLOYEES,
    "employees": EMPLOYEES,
    "lead": EMPLOYEES,
    "manager": EMPLOYEES,
    "override_approver": EMPLOYEES,
    "owner": EMPLOYEES,
    "reporter": EMPLOYEES,
    "reviewer": EMPLOYEES,
    "supervisors": EMPLOYEES,
    "timeoff_manager": EMPLOYEES,
    "parent_team": "teams/teams",
    "source_team": "teams/teams",
    "parent_folder": "documents/folders",
    "contracts_contract_version": "contracts/contract_versions",
    "contract_version": "contracts/contract_versions",
    "legal_entities": "companies/legal_entities",
    "allowance": "timeoff/allowances",
    "break_configuration": "time_settings/break_configurations",
    "class": "trainings/training_classes",
    "clock_in_work_area": "locations/work_areas",
    "clock_out_work_area": "locations/work_areas",
    "default_work_area": "locations/work_areas",
    "scale": "performance/employee_score_scales",
    "work_area": "locations/work_areas",
    "workplace": "locations/locations",
}
BY_DOMAIN: dict[tuple[str, str], str] = {
    ("performance", "process"): "performance/review_processes",
    ("performance", "target"): "performance/review_process_targets",
    ("performance", "manager_evaluation"): "performance/review_evaluations",
    ("performance", "self_evaluation"): "performance/review_evaluations",
    ("performance", "signer"): ACCESSES,
    ("trainings", "parent"): "trainings/sessions",
    ("ats", "author"): ACCESSES,
}
COUNTRIES = {"de": "german", "es": "spanish", "fr": "french", "pt": "portuguese"}
"""Fields spell a country by its code, the lists of contract options by its language."""
# Endings that only look like references.
NOT_REFERENCES = ("external_id", "tax_id", "resource_id", "source_id", "external_authorization_id", "_for_employees_id")


@cache
def collection_of(name: str, domain: str) -> str | None:
    """The list whose ids a field or filter holds; ``None`` where the name does not tell.

    Args:
        name: The name on the wire: ``training_id``, ``employee_ids``, ``ids[]``.
        domain: The domain of the record that has the field; its own lists come first.
    """
    bare = name.removesuffix("[]")
    if not bare.endswith(("_id", "_ids")) or bare.endswith(NOT_REFERENCES):
        return None
    stem = bare.rpartition("_")[0]
    if (domain, stem) in BY_DOMAIN:
        return BY_DOMAIN[domain, stem]
    if stem in BY_STEM:
        return BY_STEM[stem]
    country, _, rest = stem.partition("_")
    if country in COUNTRIES:
        return _by_schema(f"{COUNTRIES[country]}_{rest}", domain)
    if stem.endswith(("_employee", "_employees")) and stem != "payroll_run_employee":
        return EMPLOYEES
    if stem.endswith(("_access", "_accesses")):
        return ACCESSES
    return _by_schema(stem, domain)


def _by_schema(stem: str, domain: str) -> str | None:
    found: dict[str, str] = {}
    for path, model in COLLECTIONS.items():
        home = path.partition("/")[0]
        if model in (stem, f"{home}_{stem}"):
            found.setdefault(home, path)
    return found.get(domain) or (next(iter(found.values())) if len(found) == 1 else None)
