"""The API as the generator sees it: every name decided, every type spelt, nothing looked up twice."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from . import naming
from .notes import NotesError, load_notes, unknown_fields
from .store import domain_files
from .timeline import spans, within
from .types import Type, simplify_union

SHARED = "shared"
"""The module of what two domains use: using one domain must not load the other."""


@dataclass(frozen=True)
class Span:
    """From which version until which; ``None`` is an open end."""

    since: str | None = None
    until: str | None = None

    @property
    def always(self) -> bool:
        return self.since is None and self.until is None


@dataclass(frozen=True)
class FieldInfo:
    """A filter, a body field or a record's field over all versions."""

    wire_name: str
    name: str
    types: tuple[Type, ...]
    required: bool
    span: Span
    about: str | None
    annotation: str | None = None
    """Documented annotation of a record's field, without ``| None``."""
    enum: str | None = None
    """The enum class of its values, where there is one."""

    @property
    def type(self) -> Type:
        return simplify_union(list(self.types))


@dataclass(frozen=True)
class EnumInfo:
    name: str
    module: str
    values: tuple[tuple[str, str], ...]
    """Member names with their values."""
    users: tuple[str, ...]
    """``Model.field`` of the first users, for the docstring."""


@dataclass(frozen=True)
class ModelInfo:
    name: str
    module: str
    schemas: tuple[str, ...]
    fields: tuple[FieldInfo, ...]
    about: str
    aliases: tuple[str, ...] = ()
    key: tuple[str, ...] = ("id",)
    """The fields that together identify a record in its list, by their attributes."""


@dataclass(frozen=True)
class SinceInfo:
    """The filter of a list that keeps what has changed since some time."""

    filter: str
    unit: str
    day_excluded: bool = False


@dataclass(frozen=True)
class RangeInfo:
    """The filters that bound the days of a list."""

    first: str
    last: str
    longest_days: int | None = None
    spans: bool = False
    last_may_be_cut: bool = False


@dataclass(frozen=True)
class ListInfo:
    """What is known of a list: filters by their keywords, fields of the record by their attributes."""

    key: tuple[str, ...]
    paging: str
    counts: str
    reorders: tuple[str, ...]
    demands: tuple[tuple[str, ...], ...]
    """Alternatives of filters, one of which the API insists on."""
    batches: tuple[tuple[str, int | None], ...]
    source: str
    date_range: RangeInfo | None = None
    since: SinceInfo | None = None


@dataclass(frozen=True)
class MethodInfo:
    name: str
    verb: str
    path: str
    result: str
    """``page``, ``array`` or ``record``."""
    model: str
    span: Span
    about: str
    path_argument: str | None = None
    filters: tuple[FieldInfo, ...] = ()
    body: str | None = None
    """Name of the body's ``TypedDict``."""
    body_argument: tuple[str, str] | None = None
    """A documented argument that is the body: its name and the body's field."""
    encoding: str | None = None
    array_versions: Span | None = None
    """Where a record in some versions is an array in these."""
    listing: ListInfo | None = None
    """The facts of the list; ``None`` for what is no list."""


@dataclass(frozen=True)
class BodyInfo:
    name: str
    module: str
    fields: tuple[FieldInfo, ...]
    operation: str


@dataclass(frozen=True)
class ResourceInfo:
    domain: str
    path: str
    name: str
    attribute: str
    model: str
    about: str
    methods: tuple[MethodInfo, ...]


@dataclass
class Api:
    versions: list[str]
    resources: list[ResourceInfo] = field(default_factory=list)
    models: dict[str, ModelInfo] = field(default_factory=dict)
    enums: dict[str, EnumInfo] = field(default_factory=dict)
    bodies: dict[str, BodyInfo] = field(default_factory=dict)
    events: dict[str, str] = field(default_factory=dict)
    domains: dict[str, str] = field(default_factory=dict)
    """Domain names with their one-line description."""
    left_out: list[str] = field(default_factory=list)
    """Documented operations that no version of the API has."""


class SpecError(Exception):
    """``spec/`` contradicts itself; the message names the place."""


def load_api(folder: Path) -> Api:
    return _Builder(folder).build()


class _Builder:
    def __init__(self, folder: Path) -> None:
        self.versions: list[str] = json.loads((folder / "versions.json").read_text())
        self.names: dict[str, Any] = json.loads((folder / "names.json").read_text())
        self.domains = {path.stem: json.loads(path.read_text()) for path in domain_files(folder)}
        self.notes = load_notes(folder / "notes", self.domains)
        self.api = Api(self.versions)
        self.documented = {
            f"{method['verb'].upper()} {method['path']}": (name, method)
            for name, endpoint in self.names["endpoints"].items()
            for method in endpoint["methods"]
        }
        self.enum_users: dict[str, list[str]] = defaultdict(list)
        self.enum_values: dict[str, dict[str, str]] = {}
        self.enum_modules: dict[str, set[str]] = defaultdict(set)

    def build(self) -> Api:
        self.model_names = self._name_models()
        for domain in self.domains:
            self.api.domains[domain] = self._note(domain, "about") or f"The API's ``{domain}`` domain."
        self._build_models()
        self._build_enums()
        for domain, content in self.domains.items():
            self._build_resources(domain, content["operations"])
            for event, entry in content["events"].items():
                models = {span["model"] for span in spans(entry)}
                if len(models) != 1:
                    raise SpecError(f"{event}: several payload models: {sorted(models)}")
                self.api.events[event] = self.model_names[models.pop()]
        self._set_keys()
        methods = [method for resource in self.api.resources for method in resource.methods]
        taken = {method.body for method in methods if method.body_argument is None}
        self.api.bodies = {name: body for name, body in self.api.bodies.items() if name in taken}
        operations = {key for content in self.domains.values() for key in content["operations"]}
        self.api.left_out = sorted(self.documented.keys() - operations)
        return self.api

    def _note(self, domain: str, *path: str) -> Any:
        node: Any = self.notes.get(domain, {})
        for step in path:
            if not isinstance(node, Mapping):
                return None
            node = node.get(step)
        return node

    # -- models and enums ---------------------------------------------------------------------------

    def _name_models(self) -> dict[str, str]:
        """Schema names with their class names: as documented, else by the rule."""
        named: dict[str, str] = {}
        taken: dict[str, str] = {}
        operations = {key: entry for content in self.domains.values() for key, entry in content["operations"].items()}
        for key, (_, method) in self.documented.items():
            returned = method["returns"].rpartition("[")[2].rstrip("]")
            if key in operations and returned in self.names["models"]:
                for answer in spans(operations[key]["answer"]):
                    known = named.setdefault(answer["model"], returned)
                    if known != returned:
                        raise SpecError(f"{answer['model']} is documented as {known} and as {returned}")
        taken.update(dict.fromkeys(self.names["models"], "documented"))
        for domain, content in self.domains.items():
            for schema in content["models"]:
                if schema in named:
                    continue
                short = naming.pascal(schema.removeprefix(f"{domain}_"))
                name = short if self._may_take(short, domain, taken) else naming.pascal(schema)
                if name in taken and not self._may_take(name, domain, taken):
                    raise SpecError(f"{schema}: the name {name} is taken by {taken[name]}")
                named[schema] = name
                taken[name] = schema
        return named

    def _may_take(self, name: str, domain: str, taken: Mapping[str, str]) -> bool:
        if name not in taken:
            return True
        # Documented without an operation that returns it: the schema of the same name and domain is meant.
        return taken[name] == "documented" and bool(self.names["models"][name]["domain"] == domain)

    def _build_models(self) -> None:
        schemas: dict[str, list[tuple[str, str, dict[str, Any]]]] = defaultdict(list)
        for domain, content in self.domains.items():
            for schema, entry in content["models"].items():
                schemas[self.model_names[schema]].append((domain, schema, entry))
        aliases = self._aliases(schemas)
        for name, sources in schemas.items():
            domains = sorted({domain for domain, _, _ in sources})
            module = domains[0] if len(domains) == 1 else SHARED
            about = next(filter(None, (self._note(d, "models", s, "about") for d, s, _ in sources)), None)
            fields = tuple(self._model_fields(name, module, sources))
            for domain, schema, _ in sources:
                known = [field.wire_name for field in fields]
                wrong = unknown_fields(f"{domain}.{schema}", self._note(domain, "models", schema), known)
                if wrong:
                    raise NotesError("\n".join(wrong))
            self.api.models[name] = ModelInfo(
                name=name,
                module=module,
                schemas=tuple(schema for _, schema, _ in sources),
                fields=fields,
                about=about
                or f"One {naming.spoken(naming.singular(sources[0][1].removeprefix(sources[0][0] + '_')))}.",
                aliases=tuple(aliases[name]),
            )

    def _aliases(self, schemas: Mapping[str, Any]) -> dict[str, list[str]]:
        """Documented classes without a schema of their own that repeat another class, field by field."""
        found: dict[str, list[str]] = defaultdict(list)
        for name, model in self.names["models"].items():
            if name not in schemas:
                twins = [
                    o
                    for o, other in self.names["models"].items()
                    if o in schemas and other["fields"] == model["fields"]
                ]
                if len(twins) == 1:
                    found[twins[0]].append(name)
        return found

    def _model_fields(
        self, model: str, module: str, sources: Sequence[tuple[str, str, dict[str, Any]]]
    ) -> list[FieldInfo]:
        documented: dict[str, str] = self.names["models"].get(model, {}).get("fields", {})
        names = list(documented)
        for _, _, entry in sources:
            names += [name for name in entry["fields"] if name not in names]
        fields = [self._model_field(model, module, name, documented.get(name), sources) for name in names]
        for domain, schema, _ in sources:
            for name, note in (self._note(domain, "models", schema, "extras") or {}).items():
                if name in names:
                    raise NotesError(f"{domain}.{schema}: {name} is no extra, the facts have it")
                types = (_parse_type(note["type"]),)
                fields.append(FieldInfo(name, naming.identifier(name), types, False, Span(), note.get("about")))
        return fields

    def _model_field(
        self,
        model: str,
        module: str,
        name: str,
        documented: str | None,
        sources: Sequence[tuple[str, str, dict[str, Any]]],
    ) -> FieldInfo:
        types: list[Type] = []
        required = bool(sources)
        span = Span()
        about: str | None = None
        corrected = False
        for domain, schema, entry in sources:
            inside = within(entry, self.versions)
            field_entry = entry["fields"].get(name)
            about = about or self._note(domain, "models", schema, "fields", name)
            correction = self._note(domain, "models", schema, "corrections", name)
            if correction is not None:
                corrected = True
                types.append(_parse_type(correction["type"]))
                required = required and not correction.get("optional", False)
            if field_entry is None:
                required = False
                continue
            field_spans = spans(field_entry)
            if correction is None:
                types += [one["type"] for one in field_spans]
            covered = [version for one in field_spans for version in within(one, inside)]
            required = required and covered == inside and all(one.get("required") for one in field_spans)
            span = _span(covered, inside)
        if documented is not None:
            required = required and not documented.endswith("| None")
        elif model in self.names["models"]:
            required = False  # the documented constructor must go on working
        annotation = documented.removesuffix(" | None") if documented else None
        if corrected and annotation == "str":  # of which a correction knows more
            annotation = None
        enum = self._enum_of_field(model, module, name, annotation, types)
        if corrected:  # a correction knows better than the documentation, too
            annotation = None
        return FieldInfo(name, naming.identifier(name), tuple(types), required, span, about, annotation, enum)

    def _enum_of_field(
        self, model: str, module: str, name: str, annotation: str | None, types: Sequence[Type]
    ) -> str | None:
        values = _enum_values(types)
        if self._names_enum(annotation):
            enum = mentioned = _items(annotation)
            members = _members(self.names["enums"][mentioned]["values"])
        elif annotation is None and values:
            enum = f"{model}{naming.pascal(name)}"
            members = {}
        else:
            return None
        known = self.enum_values.setdefault(enum, members)
        for value in values:
            if value not in known.values():
                known[naming.member(value)] = value
        self.enum_users[enum].append(f"{model}.{name}")
        self.enum_modules[enum].add(module)
        return enum

    def _names_enum(self, annotation: str | None) -> bool:
        return _items(annotation) in self.names["enums"]

    def _build_enums(self) -> None:
        for name, enum in self.names["enums"].items():
            if name not in self.enum_values and enum["domain"] in self.domains:
                self.enum_values[name] = _members(enum["values"])
                self.enum_modules[name].add(enum["domain"])
        for name, members in self.enum_values.items():
            modules = self.enum_modules[name]
            self.api.enums[name] = EnumInfo(
                name=name,
                module=min(modules) if len(modules) == 1 else SHARED,
                values=tuple(members.items()),
                users=tuple(self.enum_users[name]),
            )
        clashes = self.api.enums.keys() & self.api.models.keys()
        if clashes:
            raise SpecError(f"enum and record of one name: {sorted(clashes)}")

    # -- resources, methods, bodies -----------------------------------------------------------------

    def _build_resources(self, domain: str, operations: Mapping[str, Any]) -> None:
        by_path: dict[str, dict[str, Any]] = defaultdict(dict)
        for key, entry in operations.items():
            by_path["/".join(key.split(" ")[1].split("/")[:2])][key] = entry
        for path, entries in by_path.items():
            self.api.resources.append(self._resource(domain, path, entries))

    def _resource(self, domain: str, path: str, entries: Mapping[str, Any]) -> ResourceInfo:
        attribute = path.split("/")[1]
        model = self.model_names[self._main_schema(entries)]
        about = self._note(domain, "resources", attribute, "about")
        methods = [self._method(domain, path, model, key, entry) for key, entry in entries.items()]
        methods.sort(key=lambda method: (_order(method), method.name))
        _refuse_duplicates(path, [method.name for method in methods])
        return ResourceInfo(
            domain=domain,
            path=path,
            name=self._endpoint_name(path),
            attribute=attribute,
            model=model,
            about=about or f"{naming.spoken(attribute).capitalize()}.",
            methods=tuple(methods),
        )

    def _main_schema(self, entries: Mapping[str, Any]) -> str:
        ranked = sorted(entries, key=lambda key: (not key.startswith("GET"), key))
        return str(spans(entries[ranked[0]]["answer"])[-1]["model"])

    def _endpoint_name(self, path: str) -> str:
        documented = {endpoint["path"]: name for name, endpoint in self.names["endpoints"].items()}
        if path in documented:
            return documented[path]
        name = f"{naming.pascal(path.split('/')[1])}Endpoint"
        taken = name in documented.values() or any(resource.name == name for resource in self.api.resources)
        return f"{naming.pascal(path.replace('/', '_'))}Endpoint" if taken else name

    def _method(self, domain: str, path: str, model: str, key: str, entry: Mapping[str, Any]) -> MethodInfo:
        verb, full_path = key.split(" ")
        documented = self.documented.get(key, (None, None))[1]
        inside = within(entry, self.versions)
        answer = spans(entry["answer"])[-1]
        name = _method_name(verb, path, full_path, documented)
        attribute = path.split("/")[1]
        about = self._note(domain, "resources", attribute, "methods", name, "about")
        argument = self._path_argument(path, full_path, documented)
        notes = self._note(domain, "resources", attribute, "filters") or {}
        body = self._body(path, model, name, entry, inside, in_path=argument is not None)
        listing = _listing(self._note(domain, "resources", attribute, "list")) if answer["result"] == "page" else None
        return MethodInfo(
            name=name,
            verb=verb,
            path=full_path,
            result=answer["result"],
            model=self.model_names[answer["model"]],
            span=_span(inside, self.versions),
            about=about or _default_about(name, attribute, answer["result"]),
            path_argument=argument,
            filters=tuple(
                self._request_field(
                    filter_name, filter_entry, inside, notes.get(filter_name), module=domain, model=model
                )
                for filter_name, filter_entry in entry.get("filters", {}).items()
            ),
            body=body,
            body_argument=_body_argument(documented, entry),
            encoding=spans(entry["body"]["content"])[-1]["encoding"] if "body" in entry else None,
            array_versions=_array_versions(entry["answer"], inside),
            listing=listing,
        )

    def _set_keys(self) -> None:
        for method in (method for resource in self.api.resources for method in resource.methods):
            if method.listing is not None:
                self.api.models[method.model] = replace(self.api.models[method.model], key=method.listing.key)

    def _path_argument(self, path: str, full_path: str, documented: Mapping[str, Any] | None) -> str | None:
        if not full_path.endswith("{id}"):
            return None
        for method in (documented, *self._siblings(path)):
            for argument in (method or {}).get("args", {}):
                if argument not in ("data", "document_ids"):
                    return str(argument)
        return f"{naming.singular(path.split('/')[1])}_id"

    def _siblings(self, path: str) -> list[Mapping[str, Any]]:
        return [m for e in self.names["endpoints"].values() if e["path"] == path for m in e["methods"]]

    def _body(
        self,
        path: str,
        model: str,
        method: str,
        entry: Mapping[str, Any],
        inside: Sequence[str],
        *,
        in_path: bool,
    ) -> str | None:
        if "body" not in entry:
            return None
        domain, attribute = path.split("/")
        name = f"{naming.pascal(attribute)}{naming.pascal(method)}Body"
        if name in self.api.bodies:
            name = f"{naming.pascal(path.replace('/', '_'))}{naming.pascal(method)}Body"
        notes = self._note(domain, "resources", attribute, "body") or {}
        fields = [
            self._request_field(
                field_name,
                field_entry,
                inside,
                notes.get(field_name),
                module=domain,
                model=model,
                # The path names the record already: sending its id again is allowed, not asked for.
                optional=in_path and field_name == "id",
                files=any(one["encoding"] == "multipart" for one in spans(entry["body"]["content"])),
            )
            for field_name, field_entry in entry["body"]["fields"].items()
        ]
        verb = "PUT" if in_path else "POST"
        suffix = "/{id}" if in_path else "" if method == "create" else f"/{method}"
        self.api.bodies[name] = BodyInfo(name, domain, tuple(fields), f"{verb} {path}{suffix}")
        return name

    def _request_field(
        self,
        name: str,
        entry: Any,
        inside: Sequence[str],
        note: Any,
        *,
        module: str,
        model: str,
        optional: bool = False,
        files: bool = False,
    ) -> FieldInfo:
        entries = spans(entry)
        covered = [version for one in entries for version in within(one, inside)]
        correction = note.get("type") if isinstance(note, Mapping) else None
        types = (_parse_type(correction),) if correction else tuple(one["type"] for one in entries)
        if not files:
            types = tuple(_without_files(kind) for kind in types)
        about = note if isinstance(note, str) else note.get("about") if note else None
        omitted = isinstance(note, Mapping) and note.get("optional", False)
        required = (
            not optional and not omitted and covered == list(inside) and all(one.get("required") for one in entries)
        )
        return FieldInfo(
            name,
            naming.identifier(name),
            types,
            required,
            _span(covered, inside),
            about,
            enum=self._enum_like(module, model, name, _enum_values(types)),
        )

    def _enum_like(self, module: str, model: str, name: str, values: Sequence[str]) -> str | None:
        """The enum whose members these values are, best that of the record's field of the same name."""
        if not values:
            return None
        fitting = [
            enum
            for enum, info in self.api.enums.items()
            if info.module in (module, SHARED) and set(values) <= {value for _, value in info.values}
        ]
        bare = naming.identifier(name)
        same_field = [
            one.enum
            for one in self.api.models[model].fields
            if one.enum in fitting and bare in (one.name, f"{one.name}s", f"{one.name}es")
        ]
        exact = [enum for enum in fitting if {value for _, value in self.api.enums[enum].values} == set(values)]
        candidates = same_field or (exact if len(exact) == 1 else [])
        return candidates[0] if candidates else None


def _span(covered: Sequence[str], inside: Sequence[str]) -> Span:
    if not covered or list(covered) == list(inside):
        return Span()
    return Span(
        since=covered[0] if covered[0] != inside[0] else None,
        until=covered[-1] if covered[-1] != inside[-1] else None,
    )


def _items(annotation: str | None) -> str:
    """What a documented annotation is made of: a list's items, or itself."""
    return (annotation or "").removeprefix("Sequence[").removesuffix("]")


def _members(documented: Mapping[str, str]) -> dict[str, str]:
    """Documented members of an enum: their names are upper case, as those of all other enums."""
    return {name.upper(): value for name, value in documented.items()}


def _enum_values(types: Sequence[Type]) -> list[str]:
    values: list[str] = []
    for kind in types:
        if isinstance(kind, dict):
            found = _enum_values([kind["array"]]) if "array" in kind else kind.get("enum", [])
            values += [value for value in found if value not in values]
    return values


def _method_name(verb: str, path: str, full_path: str, documented: Mapping[str, Any] | None) -> str:
    if full_path == path:
        return {"GET": "get", "POST": "create", "PUT": "update", "DELETE": "delete"}[verb]
    if full_path.endswith("{id}"):
        return {"GET": "get_by_id", "PUT": "update", "DELETE": "delete"}[verb]
    return str(documented["name"]) if documented else full_path.rsplit("/", 1)[1]


def _order(method: MethodInfo) -> int:
    common = ("get", "get_by_id", "create", "update", "delete")
    return common.index(method.name) if method.name in common else len(common)


def _default_about(name: str, attribute: str, result: str) -> str:
    plural, one = naming.spoken(attribute), naming.spoken(naming.singular(attribute))
    sentences = {
        "get": f"Fetch one page of {plural}.",
        "get_by_id": f"Fetch one {one}.",
        "create": f"Create {naming.with_article(one)}.",
        "update": f"Change {naming.with_article(one)}.",
        "delete": f"Delete {naming.with_article(one)}; answers with it as it was.",
    }
    action = naming.spoken(name).replace("bulk ", "").capitalize()
    several = f"{action} many {plural} in one request."
    return sentences.get(name) or (
        several if result == "array" or "bulk" in name else f"{action} {naming.with_article(one)}."
    )


def _listing(facts: Mapping[str, Any]) -> ListInfo:
    """The facts of a list, which ``notes.py`` has checked."""
    days, since = facts.get("range"), facts.get("since")
    name = naming.identifier
    return ListInfo(
        key=tuple(map(name, facts["key"])),
        paging=facts["paging"],
        counts=facts["limit_counts"],
        reorders=tuple(map(name, facts["reorders"])),
        demands=tuple(tuple(map(name, alternative)) for alternative in facts["demands"]),
        batches=tuple((name(wire_name), most or None) for wire_name, most in facts["batches"].items()),
        source=facts["source"],
        date_range=RangeInfo(**{**days, "first": name(days["first"]), "last": name(days["last"])}) if days else None,
        since=SinceInfo(**{**since, "filter": name(since["filter"])}) if since else None,
    )


def _body_argument(documented: Mapping[str, Any] | None, entry: Mapping[str, Any]) -> tuple[str, str] | None:
    """Where the documented method takes one list instead of ``data``."""
    arguments = [name for name, kind in (documented or {}).get("args", {}).items() if kind.startswith("Sequence[")]
    if not arguments:
        return None
    arrays = [
        name
        for name, field_entry in entry["body"]["fields"].items()
        if isinstance(spans(field_entry)[-1]["type"], dict) and "array" in spans(field_entry)[-1]["type"]
    ]
    if len(arrays) != 1:
        raise SpecError(f"{arguments[0]}: no single list in the body to put it into")
    return arguments[0], arrays[0]


def _array_versions(answer: Any, inside: Sequence[str]) -> Span | None:
    entries = spans(answer)
    if len({one["result"] for one in entries}) == 1:
        return None
    covered = [version for one in entries if one["result"] == "array" for version in within(one, inside)]
    return _span(covered, inside)


def _refuse_duplicates(path: str, names: Sequence[str]) -> None:
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise SpecError(f"{path}: several operations are called {', '.join(repeated)}")


def _without_files(kind: Type) -> Type:
    """JSON holds no files: what the API calls binary there is some text, and which one is not known."""
    if isinstance(kind, dict):
        if "array" in kind:
            return {"array": _without_files(kind["array"])}
        if "object" in kind:
            fields = {name: {**facts, "type": _without_files(facts["type"])} for name, facts in kind["object"].items()}
            return {"object": fields}
    return "string" if kind == "binary" else kind


def _parse_type(text: Any) -> Type:
    """A type as a correction writes it: a word of the vocabulary or its JSON form."""
    return text if isinstance(text, (str, dict)) else str(text)
