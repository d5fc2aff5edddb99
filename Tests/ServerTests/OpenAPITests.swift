import Catalog
import Testing

@testable import Server

@Suite("OpenAPI document")
struct OpenAPITests {
    @Test("Describes every kind with its schema, its routes, and nothing that it does not define")
    func complete() async throws {
        try await TestServer.run { server in
            let document = try await server.get("/api/openapi.json").json
            #expect(document["openapi"] == "3.1.0")
            let schemas = document["components"]?["schemas"]?.objectValue ?? [:]
            let paths = document["paths"]?.objectValue ?? [:]
            for kind in Catalog.standard.kinds where kind.name != .logos {
                #expect(schemas[kind.type]?["properties"]?["Id"] != nil, "\(kind.name)")
                let base = kind.scope == .space ? "/api/{spaceId}/\(kind.name)" : "/api/\(kind.name)"
                #expect(paths.keys.contains { $0.hasPrefix(base) }, "\(kind.name)")
                if kind.operations.contains(.create) { #expect(paths[base]?["post"] != nil, "\(kind.name)") }
            }
            var operations = Set<String>()
            for (path, methods) in paths {
                for (_, operation) in methods.objectValue ?? [:] {
                    let id = try #require(operation["operationId"]?.stringValue)
                    #expect(operations.insert(id).inserted, "\(id) occurs twice")
                    let named = Set(operation["parameters"]?.arrayValue?.compactMap { $0["name"]?.stringValue } ?? [])
                    for segment in path.split(separator: "/") where segment.hasPrefix("{") {
                        #expect(named.contains(String(segment.dropFirst().dropLast())), "\(path)")
                    }
                    #expect(operation["responses"]?.objectValue?.isEmpty == false)
                }
            }
            for reference in Self.references(in: document) {
                let found = reference.dropFirst(2).split(separator: "/").reduce(JSON?.some(document)) {
                    $0?[String($1)]
                }
                #expect(found != nil, "\(reference)")
            }
        }
    }

    @Test("Variants are told apart by their discriminator")
    func variants() throws {
        let kind = try #require(Catalog.standard[.accounts])
        let schema = SchemaDescription.schema(of: kind)
        let variants = schema["oneOf"]?.arrayValue ?? []
        #expect(variants.count == kind.shape.variants.count)
        #expect(variants.contains { $0["properties"]?["AccountType"]?["const"] == "UsernamePassword" })
    }

    private static func references(in value: JSON) -> [String] {
        switch value {
        case .array(let elements): elements.flatMap(references)
        case .object(let object):
            object.flatMap { name, member in
                name == "$ref" ? [member.stringValue ?? "?"] : references(in: member)
            }
        default: []
        }
    }
}
