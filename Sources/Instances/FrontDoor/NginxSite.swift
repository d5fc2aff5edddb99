/// A site for nginx that does what the front door does, for machines where nginx has the ports.
public struct NginxSite: Sendable {
    private let plan: FrontDoorPlan

    /// - Throws: ``InstanceError/fileProblem(path:action:reason:)`` when a socket's path is too long for nginx.
    public init(_ plan: FrontDoorPlan) throws(InstanceError) {
        if let long = plan.routes.first(where: { $0.socket.utf8.count > SocketPlace.longest }) {
            throw .fileProblem(
                path: long.socket,
                action: "hand to nginx the socket",
                reason:
                    "its path is longer than \(SocketPlace.longest) bytes; use the front door, or a shorter SKERRY_ROOT"
            )
        }
        self.plan = plan
    }

    /// One file for `sites-enabled`; made anew whenever the instances change.
    public var text: String {
        var lines = [
            "# Made by: skerry front-door nginx. Make it anew when instances or their addresses change.",
            "# Every server instance answers on a socket of its own and believes the headers that come by it.",
            "# Only what asks for a WebSocket may become something else than HTTP.",
            "map $http_upgrade $skerry_upgrade { default \"\"; ~*^websocket$ websocket; }",
            "map $http_upgrade $skerry_connection { default \"\"; ~*^websocket$ upgrade; }",
        ]
        for listener in plan.listeners {
            let routes = plan.routes.filter { $0.prefix.port == listener.port }
            // Routes without a name of their own are everybody's: they are in each site of the port.
            let names = Set(routes.filter(\.prefix.isHostName).map(\.prefix.host)).sorted()
            for name in names { lines += site(listener, name, routes) }
            lines += site(listener, nil, routes)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func site(
        _ listener: FrontDoorPlan.Listener,
        _ name: String?,
        _ routes: [FrontDoorPlan.Route]
    ) -> [String] {
        let address =
            listener.host == "*" ? "" : "\(listener.host.contains(":") ? "[\(listener.host)]" : listener.host):"
        let options = (listener.isTLS ? " ssl" : "") + (name == nil ? " default_server" : "")
        var lines = ["", "server {", "    listen \(address)\(listener.port)\(options);"]
        if let name { lines.append("    server_name \(name);") }
        if let certificate = listener.certificates.first(where: { $0.host == name }) ?? listener.certificates.first {
            lines.append("    ssl_certificate \(Self.quoted(certificate.files.certificateFile));")
            lines.append("    ssl_certificate_key \(Self.quoted(certificate.files.privateKeyFile));")
        }
        // How much a body may hold is for each instance to say.
        lines += ["    client_max_body_size 0;", "    merge_slashes off;"]
        let named = routes.filter { $0.prefix.isHostName && $0.prefix.host == name }
        let paths = Set(named.map(\.prefix.path))
        let open = routes.filter { !$0.prefix.isHostName && !paths.contains($0.prefix.path) }
        for route in Self.unique(named + open) { lines += location(route) }
        return lines + ["}"]
    }

    /// Of two for the same path the one for a single address; nginx has one place for both.
    private static func unique(_ routes: [FrontDoorPlan.Route]) -> [FrontDoorPlan.Route] {
        var seen: Set<String> = []
        return routes.sorted { !$0.prefix.isEveryInterface && $1.prefix.isEveryInterface }
            .filter { seen.insert($0.prefix.path).inserted }.sorted { $0.prefix.path < $1.prefix.path }
    }

    private func location(_ route: FrontDoorPlan.Route) -> [String] {
        let path = route.prefix.path
        var lines = ["", "    # \(route.slug)"]
        if !path.isEmpty { lines.append("    location = \(path) { return 308 \(path)/$is_args$args; }") }
        lines += [
            "    location \(path)/ {",
            // Without a path of its own: the request goes on as it came, percent signs and all.
            "        proxy_pass http://unix:\(route.socket);",
            "        proxy_http_version 1.1;",
            "        proxy_set_header Connection $skerry_connection;",
            "        proxy_set_header Upgrade $skerry_upgrade;",
            "        proxy_set_header Host $http_host;",
            "        proxy_set_header X-Forwarded-For $remote_addr;",
            "        proxy_set_header X-Forwarded-Proto $scheme;",
            "        proxy_set_header X-Forwarded-Prefix \"\(path)\";",
            "        proxy_buffering off;",
            "        proxy_request_buffering off;",
            "        proxy_read_timeout 3600s;",
            "    }",
        ]
        return lines
    }

    private static func quoted(_ text: String) -> String {
        "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("$", with: "\\$"))\""
    }
}
