import HTTPTypes

/// Finds the route and the space that a path means.
struct Router: Sendable {
    let tree: RouteTree
    let spaces: SpaceDirectory

    struct Match: Sendable {
        var route: RouteTable.Route
        var parameters: [String: String]
        var space: SpaceSummary?
    }

    /// - Throws: `APIProblem` 404 or 405.
    func route(_ method: HTTPRequest.Method, _ path: Substring) async throws -> Match {
        switch RequestPath(path).area {
        case .outside: throw APIProblem.notFound("address")
        case .serverRoot: return try await match(method, [], nil)
        case .api(let segments): return try await route(method, segments)
        }
    }

    /// Known literals win over what might be the name of a space.
    private func route(_ method: HTTPRequest.Method, _ segments: ArraySlice<Substring>) async throws -> Match {
        let first = segments.first.map { PercentCoding.decode($0).lowercased() } ?? ""
        if Self.isSpaceID(first) {
            guard let space = try await spaces.space(first) else { throw APIProblem.notFound("space", first) }
            return try await match(method, segments.dropFirst(), space)
        }
        let unprefixed = tree.match(method, segments, prefix: .none)
        if case .found = unprefixed { return try await match(method, segments, nil) }
        if first == "spaces", segments.count > 2, let name = segments.dropFirst().first,
            let space = try await spaces.space(PercentCoding.decode(name)),
            let found = try await matchIfAny(method, segments.dropFirst(2), space)
        {
            return found
        }
        if case .otherMethods(let methods) = unprefixed { throw APIProblem.methodNotAllowed(methods) }
        if let space = try await spaces.space(first) { return try await match(method, segments.dropFirst(), space) }
        throw APIProblem.notFound("address")
    }

    private static func isSpaceID(_ text: String) -> Bool {
        text.hasPrefix("spaces-") && text.utf8.count > 7
            && text.utf8.dropFirst(7).allSatisfy { (0x30...0x39).contains($0) }
    }

    /// Nil when the space has no such path; 405 when it has, for another method.
    private func matchIfAny(
        _ method: HTTPRequest.Method,
        _ segments: ArraySlice<Substring>,
        _ space: SpaceSummary
    ) async throws -> Match? {
        if case .notFound = tree.match(method, segments, prefix: .space) { return nil }
        return try await match(method, segments, space)
    }

    private func match(
        _ method: HTTPRequest.Method,
        _ segments: ArraySlice<Substring>,
        _ space: SpaceSummary?
    ) async throws -> Match {
        switch tree.match(method, segments, prefix: space == nil ? .none : .space) {
        case .notFound: throw APIProblem.notFound("address")
        case .otherMethods(let methods): throw APIProblem.methodNotAllowed(methods)
        case .found(let route, let parameters):
            var space = space
            if space == nil, route.scope == .space {
                space = try await spaces.defaultSpace()
                // Without a default space the unprefixed form means nothing.
                if space == nil { throw APIProblem.notFound("default space") }
            }
            return Match(route: route, parameters: parameters, space: space)
        }
    }
}
