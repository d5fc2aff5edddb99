import Catalog
import Testing

@Suite("The standard catalog")
struct CatalogInvariantsTests {
    static let parts: Set<KindName> = [
        .tags, .actions, .templateParameters, .external, .releases, .snapshots,
    ]

    @Test("Names, policy keys, types and id forms of kinds are unique")
    func unique() {
        let kinds = Catalog.standard.kinds
        #expect(kinds.count == 34)
        #expect(Set(kinds.map(\.name)).count == kinds.count)
        #expect(Set(kinds.map(\.policyKey)).count == kinds.count)
        #expect(Set(kinds.map(\.type)).count == kinds.count)
        #expect(Set(kinds.map { "\($0.identity)" }).count == kinds.count)
    }

    @Test(
        "Ids tell their kind",
        arguments: [
            ("Environments-12", KindName.environments), ("projects-1", .projects),
            ("ActionTemplates-3", .stepTemplates),
            ("LibraryVariableSets-7", .librarySets), ("ProjectTriggers-3", .triggers),
        ]
    )
    func idForms(id: String, kind: KindName) {
        #expect(Catalog.standard.kind(ofID: id) == kind)
    }

    @Test(
        "Documents that each owner has once are named after the owner",
        arguments: [
            (KindName.deploymentProcesses, "deploymentprocess-Projects-7"),
            (.runbookProcesses, "RunbookProcess-Projects-7"),
            (.variableSets, "variableset-Projects-7"), (.deploymentSettings, "deploymentsettings-Projects-7"),
            (.tenantVariables, "tenantvariables-Projects-7"),
        ]
    )
    func ownedIDs(kind: KindName, id: String) throws {
        let kind = try #require(Catalog.standard[kind])
        #expect(kind.id(ofOwner: "Projects-7") == id)
        #expect(kind.ownerID(of: id) == "Projects-7")
        #expect(kind.naturalKey.isEmpty)
    }

    @Test(
        "Every reference names a kind that is described, or a known part",
        arguments: Catalog.standard.kinds.map(\.name)
    )
    func targets(name: KindName) throws {
        let kind = try #require(Catalog.standard[name])
        for reference in kind.shape.allReferences {
            #expect(!reference.targets.isEmpty)
            for target in reference.targets {
                #expect(Catalog.standard[target] != nil || Self.parts.contains(target), "\(target)")
            }
        }
    }

    @Test("What a kind says of its fields is true of them", arguments: Catalog.standard.kinds.map(\.name))
    func fields(name: KindName) throws {
        let kind = try #require(Catalog.standard[name])
        let fields = kind.fieldsByName
        let all = Set(fields.keys).union(kind.commonFields.map(\.name))
        for key in kind.naturalKey { #expect(fields[key] != nil, "natural key \(key)") }
        if let owner = kind.owner {
            #expect(fields[owner.field] != nil)
            for kind in owner.kinds { #expect(Catalog.standard[kind] != nil) }
        }
        for filter in kind.filters {
            let first = filter.field.split(separator: ".").first.map(String.init) ?? ""
            #expect(fields[first] != nil, "filter \(filter.parameter)")
        }
        if case .field(let field) = kind.order { #expect(all.contains(field)) }
        if kind.order == .sortOrder { #expect(fields["SortOrder"] != nil) }
        let common = Set(kind.commonFields.map(\.name))
        #expect(kind.shape.fields.allSatisfy { !common.contains($0.name) }, "a common field is described twice")
    }

    @Test(
        "Each placeholder of a link is a field or is left to the client",
        arguments: Catalog.standard.kinds.map(\.name)
    )
    func links(name: KindName) throws {
        let kind = try #require(Catalog.standard[name])
        let known = Set(kind.fieldsByName.keys).union(["S", "Id"])
        // Plain path segments that clients fill in.
        let ofClients: Set<String> = ["version", "environment", "tenant", "/id", "/version", "/name", "/spaceId"]
        for link in kind.links {
            #expect(link.template.hasPrefix("/api") || link.template.hasPrefix("/app"))
            for match in link.template.matches(of: /\{([^?}][^}]*)\}/) {
                let placeholder = String(match.output.1)
                #expect(known.contains(placeholder) || ofClients.contains(placeholder), "\(link.name): \(placeholder)")
                if placeholder == "S" { #expect(kind.scope != .system) }
            }
        }
        #expect(Set(kind.links.map(\.name)).count == kind.links.count)
    }

    @Test(
        "No object has two fields of one name, but for those that a variant replaces",
        arguments: Catalog.standard.kinds.map(\.name)
    )
    func noClashes(name: KindName) throws {
        let kind = try #require(Catalog.standard[name])
        for shape in kind.shape.allShapes {
            let common = shape.fields.map(\.name)
            #expect(Set(common.map { $0.lowercased() }).count == common.count)
            for (variant, further) in shape.variants {
                let names = further.map(\.name)
                #expect(Set(names.map { $0.lowercased() }).count == names.count, "\(variant)")
                let replaced = Set(names).intersection(common)
                #expect(replaced.isEmpty || replaced == ["Packages"], "\(variant): \(replaced)")
            }
        }
    }

    @Test(
        "Each variant belongs to a value that its discriminator can have",
        arguments: Catalog.standard.kinds.map(\.name)
    )
    func discriminators(name: KindName) throws {
        let kind = try #require(Catalog.standard[name])
        for shape in kind.shape.allShapes {
            guard let discriminator = shape.discriminator else {
                #expect(shape.variants.isEmpty)
                continue
            }
            let field = try #require(shape.fields.first { $0.name == discriminator })
            if case .choice(let values) = field.type {
                #expect(Set(shape.variants.keys).isSubset(of: values))
            }
        }
    }

    @Test("Sync writes a reference not before what it refers to", arguments: Catalog.standard.kinds.map(\.name))
    func phases(name: KindName) throws {
        let kind = try #require(Catalog.standard[name])
        guard kind.sync.phase != .never else { return }
        // The design writes targets before certificates, which an endpoint may name; and nobody edits the trigger in
        // the scope of a variable.
        let exempt: [String: KindName] = ["Endpoint": .certificates, "Variables": .triggers]
        for field in kind.fieldsByName.values where field.syncOwner != .derived {
            let phase = max(kind.sync.phase, field.syncPhase ?? kind.sync.phase)
            for reference in Shape([field]).allReferences where reference.targets != exempt[field.name].map({ [$0] }) {
                let reachable = reference.targets.contains { target in
                    guard let target = Catalog.standard[target], target.sync.phase != .never else { return true }
                    // Shells first: documents of one phase may refer to one another.
                    return target.sync.phase <= phase
                }
                #expect(reachable, "\(field.name) to \(reference.targets)")
            }
        }
    }
}

extension Shape {
    /// This shape and those inside it.
    fileprivate var allShapes: [Shape] {
        [self] + (fields + variants.values.flatMap { $0 }).flatMap { $0.type.shapes.flatMap(\.allShapes) }
    }

    fileprivate var allReferences: [Reference] {
        allShapes.flatMap { shape in
            (shape.fields + shape.variants.values.flatMap { $0 }).flatMap(\.type.references)
        }
    }
}

extension FieldType {
    fileprivate var shapes: [Shape] {
        switch self {
        case .object(let shape), .optionalObject(let shape), .entries(let shape, _, _), .list(let shape): [shape]
        case .map(_, let value): value.shapes
        default: []
        }
    }

    fileprivate var references: [Reference] {
        switch self {
        case .reference(let reference): [reference]
        case .map(let key, let value): (key.map { [$0] } ?? []) + value.references
        default: []
        }
    }
}
