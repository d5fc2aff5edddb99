import HTTPTypes

/// All routes, ready to be matched: one level for each segment, literals before parameters.
struct RouteTree: Sendable {
    /// Where a request's path stands among the spaces.
    enum Prefix: Sendable, Hashable {
        /// `/api/x`
        case none
        /// `/api/Spaces-1/x`, `/api/spaces/default/x`
        case space
    }

    enum Result: Sendable {
        case found(RouteTable.Route, parameters: [String: String])
        /// The path exists, with other methods.
        case otherMethods([String])
        case notFound
    }

    private final class Node: Sendable {
        let literals: [String: Node]
        let parameter: Node?
        let routes: [RouteTable.Route]

        init(literals: [String: Node], parameter: Node?, routes: [RouteTable.Route]) {
            self.literals = literals
            self.parameter = parameter
            self.routes = routes
        }
    }

    private struct Draft {
        var literals: [String: Draft] = [:]
        var parameter: [Draft] = []
        var routes: [RouteTable.Route] = []

        mutating func add(_ route: RouteTable.Route, _ segments: ArraySlice<Substring>) {
            guard let segment = segments.first else {
                routes.append(route)
                return
            }
            let rest = segments.dropFirst()
            if segment.hasPrefix(":") {
                if parameter.isEmpty { parameter = [Draft()] }
                parameter[0].add(route, rest)
            } else {
                literals[segment.lowercased(), default: Draft()].add(route, rest)
            }
        }

        func built() -> Node {
            Node(literals: literals.mapValues { $0.built() }, parameter: parameter.first?.built(), routes: routes)
        }
    }

    private let root: Node

    /// A route that comes later does not replace an earlier one of the same method and path: special routes are put
    /// first and so win over those made from the catalog.
    init(_ table: RouteTable) {
        var draft = Draft()
        for route in table.routes { draft.add(route, route.pattern.split(separator: "/")[...]) }
        root = draft.built()
    }

    /// - Parameter segments: of the path below `/api` or below the space, still percent-encoded.
    func match(_ method: HTTPRequest.Method, _ segments: ArraySlice<Substring>, prefix: Prefix) -> Result {
        var others: Set<String> = []
        let wanted = method == .head ? .get : method
        if let route = find(wanted, segments[...], root, prefix, &others) {
            return .found(route, parameters: Self.parameters(of: route, segments))
        }
        return others.isEmpty ? .notFound : .otherMethods(others.sorted())
    }

    private func find(
        _ method: HTTPRequest.Method,
        _ segments: ArraySlice<Substring>,
        _ node: Node,
        _ prefix: Prefix,
        _ others: inout Set<String>
    ) -> RouteTable.Route? {
        guard let segment = segments.first else {
            for route in node.routes where Self.answers(route.scope, prefix) {
                if route.method == method { return route }
                others.insert(route.method.rawValue)
            }
            return nil
        }
        let rest = segments.dropFirst()
        if let next = node.literals[segment.lowercased()] {
            var literalOthers: Set<String> = []
            if let route = find(method, rest, next, prefix, &literalOthers) { return route }
            others.formUnion(literalOthers)
        }
        guard let parameter = node.parameter else { return nil }
        return find(method, rest, parameter, prefix, &others)
    }

    private static func answers(_ scope: RouteTable.Scope, _ prefix: Prefix) -> Bool {
        switch scope {
        case .space, .mixed: true
        case .system: prefix == .none
        }
    }

    private static func parameters(of route: RouteTable.Route, _ segments: ArraySlice<Substring>) -> [String: String] {
        var result: [String: String] = [:]
        for (name, value) in zip(route.pattern.split(separator: "/"), segments) where name.hasPrefix(":") {
            result[String(name.dropFirst())] = PercentCoding.decode(value)
        }
        return result
    }
}
