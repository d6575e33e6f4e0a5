"""Names and words of an invented company; none of them stands for a living person."""

from __future__ import annotations

FIRST_NAMES = (
    "Ada", "Bruno", "Carla", "Dario", "Elena", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Klara", "Liam", "Marta",
    "Nadia", "Oscar", "Paula", "Quim", "Rosa", "Sven", "Teresa", "Umar", "Vera", "Walter", "Ximena", "Yusuf", "Zoe",
)  # fmt: skip
LAST_NAMES = (
    "Almeida", "Bergmann", "Costa", "Dubois", "Esteve", "Ferrari", "Garcia", "Hoffmann", "Ibarra", "Jansen", "Keller",
    "Lopez", "Moreau", "Navarro", "Ortega", "Pons", "Quintana", "Ricci", "Serra", "Torres", "Urquijo", "Vidal", "Weber",
)  # fmt: skip
CITIES = (
    ("Barcelona", "Catalonia", "08018", "es", "Europe/Madrid", 41.4036, 2.1744),
    ("Madrid", "Community of Madrid", "28013", "es", "Europe/Madrid", 40.4168, -3.7038),
    ("Lisboa", "Lisboa", "1100-148", "pt", "Europe/Lisbon", 38.7223, -9.1393),
    ("Berlin", "Berlin", "10115", "de", "Europe/Berlin", 52.5200, 13.4050),
    ("Paris", "Ile-de-France", "75011", "fr", "Europe/Paris", 48.8566, 2.3522),
)
"""City, state, postal code, country, time zone, latitude and longitude in degrees."""
TEAMS = (
    "Product",
    "Engineering",
    "Sales",
    "People",
    "Finance",
    "Support",
    "Marketing",
    "Operations",
    "Legal",
    "Design",
)
TRAININGS = (
    "First aid", "Fire safety", "Data protection", "Public speaking", "Python for analysts", "Feedback that helps",
    "Negotiation", "Accessibility basics", "Forklift licence", "Security awareness",
)  # fmt: skip
CATEGORIES = ("Health and safety", "Technology", "Leadership")
REVIEWS = ("Annual review", "Mid-year check-in", "Probation review", "Leadership review")
LEAVE_TYPES = (
    ("Holidays", "holidays", True),
    ("Sick leave", "sick", False),
    ("Parental leave", "parental", True),
    ("Moving house", "moving", True),
    ("Unpaid leave", "unpaid", True),
)
"""Name, identifier, and whether an approval is needed."""
JOBS = ("Engineer", "Designer", "Accountant", "Sales representative", "Team lead", "Recruiter", "Support agent")
SENTENCES = (
    "Agreed with the team.", "See the handbook.", "To be reviewed in spring.", "Kept for the records.",
    "Follows the usual procedure.",
)  # fmt: skip
LABELS = ("Standard", "Regional", "Internal", "Seasonal", "General", "Pilot")

BY_NAME = {
    "account_number": ("ES9121000418450200051332", "DE89370400440532013000"),
    "address": ("Carrer de Mallorca 401", "Calle Mayor 12"),
    "address_line_1": ("Carrer de Mallorca 401", "Calle Mayor 12", "Rua Augusta 5"),
    "address_line_2": ("3rd floor", "Entrance B"),
    "api_version": ("2026-10-01",),
    "bank_name": ("Banco Ficticio", "Example Bank"),
    "bank_number": ("ES9121000418450200051332",),
    "bic": ("EXAMESBB",),
    "color": ("#07a2ad", "#f3a712", "#7a5195"),
    "content_type": ("application/pdf",),
    "country_of_birth": ("es", "pt", "fr"),
    "currency": ("EUR",),
    "cycle_start": ("01-01",),
    "duration": ("90", "120"),
    "extension": ("pdf",),
    "file_name": ("output.csv",),
    "filename": ("handbook.pdf", "contract.pdf"),
    "gender": ("female", "male"),
    "iban": ("ES9121000418450200051332",),
    "identifier_type": ("dni",),
    "job_title": JOBS,
    "locale": ("en", "es"),
    "location_type": ("office", "work_from_home"),
    "long_text_value": SENTENCES,
    "name": LABELS,
    "nationality": ("es", "pt", "fr"),
    "payment_method": ("transfer", "card"),
    "period": ("2026-09",),
    "phone": ("+34 600 000 001",),
    "phone_number": ("+34 600 000 001", "+34 600 000 002"),
    "planning_tool": ("work_schedule",),
    "pronouns": ("she/her", "he/him", "they/them"),
    "role": ("admin",),
    "salary_frequency": ("yearly", "monthly"),
    "space": ("company_public", "employee_my_documents"),
    "start_time": ("09:00",),
    "status": ("active",),
    "subscription_plan": ("business",),
    "swift_bic": ("EXAMESBB",),
    "termination_reason": ("voluntary",),
    "timeoff_cycle": ("january",),
    "unit": ("money",),
    "weekday": ("monday", "tuesday"),
    "working_hours_frequency": ("week",),
    "working_week_days": ("monday,tuesday,wednesday,thursday,friday",),
}
"""Texts by the name of a field, where an invented sentence would not be believable."""
SENTENCE_FIELDS = (
    "description",
    "reason",
    "observations",
    "notes",
    "content",
    "message",
    "comment",
    "summary",
    "text",
    "objectives",
)
