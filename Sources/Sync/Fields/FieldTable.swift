public import Catalog

/// What sync does with one field, by the catalog and without a policy.
public enum FieldFate: String, Sendable, Hashable, CaseIterable {
    /// The source's changes go to the destination.
    case synced
    /// The destination's own, at most given when the document is made.
    case destination
    /// Each server makes it itself; never compared, never sent.
    case derived
    /// A value that no server tells; never read, never sent, kept where it stands.
    case secret
}

/// One field of a kind, those inside objects and lists too.
public struct FieldLine: Sendable, Hashable {
    /// `Rules[].VersionRange`
    public var path: String
    public var fate: FieldFate
    public var notes: [String]
}

/// Every field of every kind with its treatment, for people: `docs/sync/fields.md`.
public struct FieldTable: Sendable {
    public struct Section: Sendable {
        public var kind: Kind
        public var policyKey: String
        public var treatment: SyncTreatment
        public var lines: [FieldLine]
    }

    public let sections: [Section]

    public init(_ catalog: Catalog) {
        sections = catalog.kinds.flatMap { kind in
            var sections = [Section(kind, kind.policyKey, kind.sync)]
            if kind.name == .librarySets {
                sections.append(Section(kind, "scriptModules", SyncTreatment(.exact, phase: .scriptModules)))
            }
            return sections
        }
    }

    /// As JSON, for programs.
    public var json: JSON {
        .array(
            sections.map { section in
                [
                    "type": .string(section.policyKey), "kind": .string(section.kind.name.rawValue),
                    "mode": .string(section.treatment.mode.rawValue), "phase": .int(section.treatment.phase.rawValue),
                    "fields": .array(
                        section.lines.map {
                            [
                                "path": .string($0.path), "treatment": .string($0.fate.rawValue),
                                "notes": JSON($0.notes),
                            ]
                        }
                    ),
                ]
            }
        )
    }

    /// As the page of the documentation.
    public var markdown: String {
        var lines = [Self.introduction]
        for section in sections {
            lines.append("## \(section.policyKey)\n\n\(section.summary)\n")
            lines.append("| field | treatment | |\n|---|---|---|")
            for line in section.lines {
                let notes = line.notes.joined(separator: "; ").replacing("|", with: "\\|")
                lines.append("| `\(line.path)` | \(line.fate.rawValue) | \(notes) |")
            }
            lines.append("")
        }
        return lines.joined(separator: "\n") + Self.neverSynced
    }

    private static let introduction = """
        # What sync does with every field

        Made from the catalog by `skerry sync fields`; do not edit. A policy can change the owner of a field
        (`ownership`) and the mode of a type (`types`); this is what happens without one.

        | treatment | meaning |
        |---|---|
        | synced | the source's changes go to the destination |
        | destination | the destination's own; what is in it when sync makes the document is said beside it |
        | derived | each server makes it itself; never compared, never sent |
        | secret | no server tells it; never read, never sent, kept where it stands ([what to fill in](two-servers.md)) |

        `Id`, `SpaceId`, `Version`, `LastModifiedOn`, `LastModifiedBy` and `Links`, which every document has, are derived.
        A field that the catalog does not know is copied as it is, unless it holds an id of the source: then nothing of
        the document is sent.

        """

    private static var neverSynced: String {
        let lines = NeverSynced.reasons.sorted { $0.key < $1.key }.map { "| \($0.key) | \($0.value) |" }
        return "\n## What is no type\n\n| | |\n|---|---|\n\(lines.joined(separator: "\n"))\n"
    }
}

extension FieldTable.Section {
    fileprivate init(_ kind: Kind, _ policyKey: String, _ treatment: SyncTreatment) {
        self.kind = kind
        self.policyKey = policyKey
        self.treatment = treatment
        lines = FieldLines(kind: kind, treatment: treatment).all
    }

    fileprivate var summary: String {
        switch treatment.mode {
        case .exact:
            "Mode `exact`: every synced field is equal on both sides; other edits at the destination are undone."
        case .merge: "Mode `merge`: each synced field by three-way comparison."
        case .nameOnly: "Mode `nameOnly`: made when it is missing; from then on only its name and type count."
        case .initialOnly: "Mode `initialOnly`: made when it is missing, from then on the destination's own."
        case .skip where treatment.phase == .never: "Compared and reported, or part of another type; never written."
        case .skip: "Mode `skip`: not synced until the policy switches it on; then as below."
        case .forbid where treatment.phase == .never: "Never synced."
        case .forbid: "Mode `forbid`: not synced unless the policy says so twice (`optIn: true`); then as below."
        case .impossible: "Cannot be synced: the record of what happened on one server."
        }
    }
}

/// The walk over the shapes of one kind.
private struct FieldLines {
    let kind: Kind
    let treatment: SyncTreatment
    private var order: [String] = []
    private var found: [String: FieldLine] = [:]

    init(kind: Kind, treatment: SyncTreatment) {
        self.kind = kind
        self.treatment = treatment
        walk(kind.shape, "", outer: nil, notes: [])
    }

    var all: [FieldLine] { order.compactMap { found[$0] } }

    private mutating func walk(_ shape: Shape, _ prefix: String, outer: FieldFate?, notes: [String]) {
        for field in shape.fields {
            visit(field, prefix, outer, notes, isDiscriminator: field.name == shape.discriminator)
        }
        for (variant, fields) in shape.variants.sorted(by: { $0.key < $1.key }) {
            for field in fields { visit(field, prefix, outer, notes + ["of \(variant)"], isDiscriminator: false) }
        }
    }

    private mutating func visit(
        _ field: Field,
        _ prefix: String,
        _ outer: FieldFate?,
        _ outerNotes: [String],
        isDiscriminator: Bool
    ) {
        let fate = fate(of: field, outer: outer, isName: prefix.isEmpty && (isDiscriminator || isName(field)))
        let path = prefix + field.name
        add(path, fate, outerNotes + notes(of: field, fate, isTop: prefix.isEmpty))
        let inner = fate == .synced ? nil : fate
        switch field.type {
        case .object(let shape), .optionalObject(let shape): walk(shape, "\(path).", outer: inner, notes: outerNotes)
        case .entries(let shape, _, _), .list(let shape): walk(shape, "\(path)[].", outer: inner, notes: outerNotes)
        case .map(_, .object(let shape)): walk(shape, "\(path){}.", outer: inner, notes: outerNotes)
        default: break
        }
    }

    /// Else every field is each server's own.
    private var isWritten: Bool { treatment.phase != .never }

    private func isName(_ field: Field) -> Bool {
        kind.naturalKey.contains(field.name) || field.name == kind.owner?.field
    }

    private func fate(of field: Field, outer: FieldFate?, isName: Bool) -> FieldFate {
        if field.syncOwner == .derived || field.access == .writeOnly || outer == .derived { return .derived }
        if case .secret = field.type { return .secret }
        if !isWritten { return .destination }
        if isName { return .synced }
        if let outer { return outer }
        if field.syncOwner == .destination || treatment.mode == .nameOnly || treatment.mode == .initialOnly {
            return field.access == .createOnly && field.syncOwner == .source ? .synced : .destination
        }
        return .synced
    }

    private func notes(of field: Field, _ fate: FieldFate, isTop: Bool) -> [String] {
        var notes: [String] = []
        if !isWritten { return notes }
        if isTop, fate == .destination {
            notes.append(field.syncInitial.map { "begins as `\($0.text)`" } ?? "given when the document is made")
        }
        if isTop, let phase = field.syncPhase, fate != .derived { notes.append("written in phase \(phase.rawValue)") }
        if case .reference(let reference) = field.type, fate != .derived {
            notes.append("names \(reference.targets.map(\.rawValue).joined(separator: " or "))")
        }
        switch field.type {
        case .properties, .propertyValue, .parameterDefault, .variableValue:
            if fate != .derived { notes.append("secret values among them stay as they are") }
        case .opaque where fate == .synced: notes.append("as it is")
        default: break
        }
        return notes
    }

    /// Variants may share a field: one line, with all of them named.
    private mutating func add(_ path: String, _ fate: FieldFate, _ notes: [String]) {
        guard var line = found[path] else {
            order.append(path)
            found[path] = FieldLine(path: path, fate: fate, notes: notes)
            return
        }
        for note in notes where !line.notes.contains(note) { line.notes.append(note) }
        found[path] = line
    }
}
