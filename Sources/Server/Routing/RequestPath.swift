/// A request's path, cut into what routing needs.
struct RequestPath: Sendable {
    enum Area: Sendable {
        /// `/api` itself.
        case serverRoot
        /// Below `/api`. Which space it means, if any, is for `SpaceDirectory` to say.
        case api(ArraySlice<Substring>)
        case outside
    }

    var area: Area

    /// - Parameter path: without query. One trailing slash does not count.
    init(_ path: Substring) {
        var segments = path.split(separator: "/", omittingEmptySubsequences: false)[...]
        // What stands before the first slash.
        segments = segments.dropFirst()
        if segments.count > 1, segments.last == "" { segments = segments.dropLast() }
        guard segments.first?.lowercased() == "api" else {
            area = .outside
            return
        }
        segments = segments.dropFirst()
        area = segments.isEmpty ? .serverRoot : .api(segments)
    }
}
