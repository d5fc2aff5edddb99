import Catalog
import HTTPTypes

/// The OpenAPI 3.1 document of this server, made from its routes and its catalog.
enum OpenAPIDocument {
    static func make(routes: RouteTable, catalog: Catalog) -> JSON {
        [
            "openapi": "3.1.0",
            "info": [
                "title": "Skerry", "version": .string(SkerryVersion.current),
                "description":
                    "Addresses of a space also answer without the space (the default space) and below /api/spaces/{idOrSlug}.",
            ],
            // As seen from the document itself, wherever the server is.
            "servers": [["url": "../"]],
            "security": [["apiKey": []], ["bearer": []], ["session": []]],
            "paths": paths(routes, catalog),
            "components": [
                "securitySchemes": securitySchemes, "schemas": schemas(catalog), "responses": responses,
                "parameters": parameters,
            ],
        ]
    }

    // MARK: Paths

    private static func paths(_ routes: RouteTable, _ catalog: Catalog) -> JSON {
        var paths: [String: JSONObject] = [:]
        for route in routes.routes {
            let path = path(of: route)
            let method = route.method.rawValue.lowercased()
            // The first route of an address is the one that answers.
            guard paths[path]?[method] == nil else { continue }
            paths[path, default: [:]][method] = operation(route, path, catalog)
        }
        return .object(JSONObject(paths.sorted { $0.key < $1.key }.map { ($0.key, .object($0.value)) }))
    }

    private static func path(of route: RouteTable.Route) -> String {
        let base = route.scope == .space ? "/api/{spaceId}" : "/api"
        let segments = route.pattern.split(separator: "/").map { segment in
            segment.hasPrefix(":") ? "{\(segment.dropFirst())}" : String(segment)
        }
        return ([base] + segments).joined(separator: "/")
    }

    private static func operation(_ route: RouteTable.Route, _ path: String, _ catalog: Catalog) -> JSON {
        let segments = route.pattern.split(separator: "/").map(String.init)
        let kind = segments.first.flatMap { catalog[KindName($0)] }
        var operation: JSONObject = [
            "operationId": .string(operationID(route.method, path)),
            "tags": .array([.string(kind?.title.many.capitalizedFirst ?? segments.first ?? "root")]),
        ]
        var parameters = path.split(separator: "/").filter { $0.hasPrefix("{") }.map { segment -> JSON in
            [
                "name": .string(String(segment.dropFirst().dropLast())), "in": "path", "required": true,
                "schema": ["type": "string"],
            ]
        }
        var success: JSON = ["description": "Done."]
        if let kind { describe(kind, route, segments, &operation, &parameters, &success) }
        operation["parameters"] = .array(parameters)
        if route.access == .anonymous { operation["security"] = [] }
        operation["responses"] = .object(answers(route, success, isCreate: isCreate(route, segments, kind)))
        return .object(operation)
    }

    private static func isCreate(_ route: RouteTable.Route, _ segments: [String], _ kind: Kind?) -> Bool {
        route.method == .post && segments.count == 1 && kind != nil
    }

    /// What is known about the standard routes of a kind.
    private static func describe(
        _ kind: Kind,
        _ route: RouteTable.Route,
        _ segments: [String],
        _ operation: inout JSONObject,
        _ parameters: inout [JSON],
        _ success: inout JSON
    ) {
        let document: JSON = ["$ref": .string("#/components/schemas/\(kind.type)")]
        let isList = route.method == .get && segments.count == 1
        let isAll = route.method == .get && segments.count == 2 && segments[1] == "all"
        let isOne = segments.count == 2 && segments[1].hasPrefix(":")
        if isList || isAll {
            parameters += filters(kind)
            if isList { parameters += ["skip", "take"].map { ["$ref": .string("#/components/parameters/\($0)")] } }
        }
        if isList {
            success = json("A page.", ["$ref": .string("#/components/schemas/\(kind.type)Page")])
        } else if isAll {
            success = json("All of them.", ["type": "array", "items": document])
        } else if segments.count == 1 || isOne, route.method != .delete {
            success = json("The document.", document)
        }
        if segments.count == 1 || isOne, route.method == .post || route.method == .put {
            operation["requestBody"] = ["required": true, "content": ["application/json": ["schema": document]]]
        }
    }

    private static func filters(_ kind: Kind) -> [JSON] {
        var seen = Set<String>()
        let filters = kind.filters.filter { seen.insert($0.parameter).inserted }.map { filter -> JSON in
            let type: JSON = filter.match == .bool ? ["type": "boolean"] : ["type": "string"]
            return ["name": .string(filter.parameter), "in": "query", "schema": type]
        }
        return filters + [["$ref": "#/components/parameters/ids"]]
    }

    private static func answers(_ route: RouteTable.Route, _ success: JSON, isCreate: Bool) -> JSONObject {
        var answers: JSONObject = [isCreate ? "201" : "200": success]
        if route.method != .get { answers["400"] = ["$ref": "#/components/responses/Refused"] }
        if route.access != .anonymous { answers["401"] = ["$ref": "#/components/responses/Unauthorized"] }
        if route.access == .administrator { answers["403"] = ["$ref": "#/components/responses/Forbidden"] }
        answers["404"] = ["$ref": "#/components/responses/NotFound"]
        return answers
    }

    private static func operationID(_ method: HTTPRequest.Method, _ path: String) -> String {
        let words = path.split { !$0.isLetter && !$0.isNumber }.dropFirst()
        return method.rawValue.lowercased() + words.map { String($0).capitalizedFirst }.joined()
    }

    private static func json(_ description: String, _ schema: JSON) -> JSON {
        ["description": .string(description), "content": ["application/json": ["schema": schema]]]
    }

    // MARK: Components

    private static func schemas(_ catalog: Catalog) -> JSON {
        var schemas: JSONObject = [
            "Error": [
                "type": "object", "required": ["ErrorMessage"],
                "properties": [
                    "ErrorMessage": ["type": "string"], "Errors": ["type": "array", "items": ["type": "string"]],
                    "ParsedHelpLinks": ["type": "array", "items": ["type": "string"]],
                    "HelpLink": ["type": ["string", "null"]], "HelpText": ["type": ["string", "null"]],
                    "FullException": ["type": ["string", "null"]], "Details": ["type": "object"],
                ],
            ],
            "SensitiveValue": [
                "type": "object",
                "description": "A secret. Answers say only whether there is one; NewValue sets it.",
                "properties": [
                    "HasValue": ["type": "boolean"], "NewValue": ["type": ["string", "null"]],
                    "Hint": ["type": ["string", "null"]],
                ],
            ],
            "PropertyValue": ["oneOf": [["type": "string"], ["$ref": "#/components/schemas/SensitiveValue"]]],
        ]
        // Kinds without routes are parts of others for sync alone.
        for kind in catalog.kinds where !kind.operations.isEmpty {
            schemas[kind.type] = SchemaDescription.schema(of: kind)
            schemas["\(kind.type)Page"] = page(of: kind)
        }
        return .object(schemas)
    }

    private static func page(of kind: Kind) -> JSON {
        [
            "type": "object",
            "properties": [
                "ItemType": ["type": "string"], "TotalResults": ["type": "integer"],
                "ItemsPerPage": ["type": "integer"], "NumberOfPages": ["type": "integer"],
                "LastPageNumber": ["type": "integer"],
                "Items": ["type": "array", "items": ["$ref": .string("#/components/schemas/\(kind.type)")]],
                "Links": ["type": "object", "additionalProperties": ["type": "string"]],
            ],
        ]
    }

    private static let securitySchemes: JSON = [
        "apiKey": ["type": "apiKey", "in": "header", "name": "X-Octopus-ApiKey"],
        "bearer": ["type": "http", "scheme": "bearer"],
        "session": [
            "type": "apiKey", "in": "cookie", "name": "OctopusIdentificationToken",
            "description": "Made by POST /api/users/login. Writes also need the header X-Octopus-Csrf-Token.",
        ],
    ]

    private static let responses: JSON = {
        let error: JSON = ["$ref": "#/components/schemas/Error"]
        return [
            "Refused": json("The request is not acceptable; Errors says why.", error),
            "Unauthorized": json("Nobody is signed in.", error),
            "Forbidden": json("The user may not do this.", error),
            "NotFound": json("There is no such document here.", error),
        ]
    }()

    private static let parameters: JSON = [
        "skip": ["name": "skip", "in": "query", "schema": ["type": "integer", "minimum": 0, "default": 0]],
        "take": ["name": "take", "in": "query", "schema": ["type": "integer", "minimum": 0, "default": 30]],
        "ids": [
            "name": "ids", "in": "query", "description": "Ids, separated by commas.", "schema": ["type": "string"],
        ],
    ]
}
