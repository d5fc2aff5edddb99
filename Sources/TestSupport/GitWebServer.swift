import Foundation

/// A Git host: repositories behind a real web server (nginx, and git's own CGI program) that wants a user name and a
/// password, as hosting services do.
public struct GitWebServer: Sendable {
    /// A user name with its password.
    public struct Account: Sendable, Hashable {
        public var name: String
        public var password: String

        public init(name: String, password: String) {
            self.name = name
            self.password = password
        }
    }

    /// May read and write; the password holds what shells, addresses and quotes trip over.
    public static let writer = Account(name: "writer", password: #"to%4ken$HOME "q' \n&@/x"#)
    /// Is refused where it would write, with 403.
    public static let reader = Account(name: "reader", password: "only-for-reading")

    /// Of the repositories.
    public var folder: String
    public var port: Int
    /// PEM of the certificate that a client has to trust; nil where plain HTTP is spoken.
    public var certificate: String?

    public func url(_ name: String) -> String {
        "\(certificate == nil ? "http" : "https")://127.0.0.1:\(port)/\(name).git"
    }

    /// A bare repository with one commit.
    public func makeRepository(_ name: String, isEmpty: Bool = false) async throws -> BareRepository {
        try await BareRepository.make(at: "\(folder)/\(name).git", isEmpty: isEmpty)
    }

    /// Runs a server beside `body`.
    ///
    /// - Parameter folder: of a test, where nothing of this is yet.
    public static func run<Result>(
        in folder: String,
        isSecure: Bool = false,
        isolation: isolated (any Actor)? = #isolation,
        _ body: (GitWebServer) async throws -> Result
    ) async throws -> Result {
        let files = "\(folder)/git-host"
        try FileManager.default.createDirectory(atPath: "\(files)/repositories", withIntermediateDirectories: true)
        let server = GitWebServer(
            folder: "\(files)/repositories",
            port: try freePort(),
            certificate: isSecure ? "\(files)/certificate.pem" : nil
        )
        if isSecure { try await makeCertificate(files) }
        let users = [writer, reader].map { "\($0.name):{PLAIN}\($0.password)\n" }.joined()
        try users.write(toFile: "\(files)/users", atomically: true, encoding: .utf8)
        let bridge = try freePort()
        let settings = try await configuration(server, files, bridge: bridge)
        try settings.write(toFile: "\(files)/nginx.conf", atomically: true, encoding: .utf8)
        return try await withProcess("/usr/sbin/fcgiwrap", ["-c", "4", "-s", "tcp:127.0.0.1:\(bridge)"]) { _ in
            let arguments = ["-p", files, "-c", "\(files)/nginx.conf", "-g", "daemon off;", "-e", "\(files)/error.log"]
            return try await withProcess("/usr/sbin/nginx", arguments) { _ in
                try await wait(for: "the Git host") {
                    let ask = ["-s", "-k", "-o", "/dev/null", "-w", "%{http_code}", server.url("none")]
                    return try await runProcess("/usr/bin/curl", ask).standardOutput == "401"
                }
                return try await body(server)
            }
        }
    }

    private static func makeCertificate(_ files: String) async throws {
        let made = try await runProcess(
            "/usr/bin/openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "\(files)/key.pem",
                "-out", "\(files)/certificate.pem",
            ]
        )
        guard made.exitCode == 0 else { throw BareRepository.Failure(description: made.standardError) }
    }

    private static func configuration(_ server: GitWebServer, _ files: String, bridge: Int) async throws -> String {
        let programs = try await runProcess("/usr/bin/env", ["git", "--exec-path"]).standardOutput
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let secure = server.certificate.map { "ssl_certificate \($0); ssl_certificate_key \(files)/key.pem;" } ?? ""
        return """
            \(getuid() == 0 ? "user root;" : "")
            pid \(files)/pid;
            error_log \(files)/error.log;
            events {}
            http {
            access_log \(files)/access.log;
            client_body_temp_path \(files)/body; proxy_temp_path \(files)/proxy; fastcgi_temp_path \(files)/f;
            uwsgi_temp_path \(files)/u; scgi_temp_path \(files)/s;
            map "$remote_user $request_uri" $is_forbidden { default 0; "~^\(reader.name) .*git-receive-pack" 1; }
            server {
                listen 127.0.0.1:\(server.port)\(secure.isEmpty ? "" : " ssl");
                \(secure)
                client_max_body_size 0;
                auth_basic "Git";
                auth_basic_user_file \(files)/users;
                location / {
                    if ($is_forbidden) { return 403; }
                    fastcgi_pass 127.0.0.1:\(bridge);
                    fastcgi_param SCRIPT_FILENAME \(programs)/git-http-backend;
                    fastcgi_param GIT_PROJECT_ROOT \(server.folder);
                    fastcgi_param GIT_HTTP_EXPORT_ALL 1;
                    fastcgi_param PATH_INFO $uri;
                    fastcgi_param QUERY_STRING $args;
                    fastcgi_param REQUEST_METHOD $request_method;
                    fastcgi_param CONTENT_TYPE $content_type;
                    fastcgi_param CONTENT_LENGTH $content_length;
                    fastcgi_param HTTP_CONTENT_ENCODING $http_content_encoding;
                    fastcgi_param REMOTE_USER $remote_user;
                    fastcgi_param GIT_PROTOCOL $http_git_protocol;
                }
            }
            }
            """
    }
}
