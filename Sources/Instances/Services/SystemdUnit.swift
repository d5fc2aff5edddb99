/// The unit file of an instance. It is made anew by every install; what people want to change goes into a drop-in.
public struct SystemdUnit: Sendable, Hashable {
    public let kind: InstanceKind
    public let record: InstanceRecord
    public let paths: InstancePaths
    /// The program that runs the instance, an absolute path.
    public let program: String
    /// A unit of one user, kept by that user's own manager.
    public let isOfUser: Bool
    /// `SKERRY_ROOT`, where the files of all instances were moved.
    public let root: String?
    /// Ports below 1024 need a right that ordinary users do not have.
    public let needsLowPort: Bool

    public init(
        kind: InstanceKind,
        record: InstanceRecord,
        paths: InstancePaths,
        program: String,
        isOfUser: Bool,
        root: String?,
        needsLowPort: Bool
    ) {
        self.kind = kind
        self.record = record
        self.paths = paths
        self.program = program
        self.isOfUser = isOfUser
        self.root = root
        self.needsLowPort = needsLowPort
    }

    /// `skerry-server-production.service`: the prefix keeps any instance name from being the name of another unit.
    public var name: String { Self.name(kind, record.slug) }

    public static func name(_ kind: InstanceKind, _ slug: String) -> String {
        "skerry-\(kind.rawValue)-\(slug).service"
    }

    /// The target that groups all instances of a kind.
    public static func target(_ kind: InstanceKind) -> String { "skerry-\(kind.rawValue)s.target" }

    public static func targetText(_ kind: InstanceKind) -> String {
        """
        # Made by \(kind.program). Stops and starts all \(kind.rawValue) instances: systemctl stop \(target(kind))
        [Unit]
        Description=All Skerry \(kind.rawValue) instances

        [Install]
        WantedBy=multi-user.target default.target

        """
    }

    public var text: String {
        (["# Made by \(kind.program) service --install; changes are lost. Use: systemctl edit \(name)"] + unitSection
            + [""] + serviceSection + [""] + installSection + [""]).joined(separator: "\n")
    }

    private var unitSection: [String] {
        [
            "[Unit]",
            "Description=Skerry \(kind.rawValue) \(record.slug)",
            "Wants=network-online.target",
            "After=network-online.target",
            "PartOf=\(Self.target(kind))",
            // Five failures within five minutes: something that trying again does not mend.
            "StartLimitIntervalSec=300",
            "StartLimitBurst=5",
        ]
    }

    private var serviceSection: [String] {
        // The slug, which needs no quoting, not the display name.
        var lines = [
            "[Service]", "Type=notify", "ExecStart=\(Self.escaped(program)) run --instance \(record.slug)",
            "WatchdogSec=30", "Restart=always", "RestartSec=1", "UMask=0027", "KillMode=mixed", "TimeoutStopSec=60",
            // Time enough to say in the journal where it hung; the handler that does so does not end the process.
            "TimeoutAbortSec=15",
        ]
        if let root = rootVariable { lines.append("Environment=\(Self.escaped("SKERRY_ROOT=\(root)"))") }
        guard !isOfUser else { return lines }
        lines += ["User=\(record.user)"]
        if root == nil {
            lines += ["RuntimeDirectory=skerry/\(kind.rawValue)/\(record.slug)", "RuntimeDirectoryMode=0755"]
        }
        if needsLowPort { lines.append("AmbientCapabilities=CAP_NET_BIND_SERVICE") }
        // The scripts of an agent need the freedom of its account; a server only writes its own files.
        if kind == .server { lines += hardening }
        return lines
    }

    /// Without it another account than root's would look for its instances among its own files.
    private var rootVariable: String? { root ?? (isOfUser || record.user == "root" ? nil : "/") }

    private var hardening: [String] {
        let writable = [
            record.home, paths.logDirectory(kind, record.slug), paths.runtimeDirectory(kind, record.slug),
            "\(paths.runtimeRoot)/locks",
        ]
        return [
            "NoNewPrivileges=yes", "PrivateTmp=yes", "ProtectSystem=strict", "ProtectHome=read-only",
            "ReadWritePaths=\(writable.map { "-\(Self.escaped($0))" }.joined(separator: " "))",
            "CapabilityBoundingSet=\(needsLowPort ? "CAP_NET_BIND_SERVICE" : "")",
            "ProtectKernelTunables=yes", "ProtectKernelModules=yes", "ProtectControlGroups=yes",
            "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX", "RestrictSUIDSGID=yes", "LockPersonality=yes",
        ]
    }

    private var installSection: [String] {
        ["[Install]", "WantedBy=\(isOfUser ? "default.target" : "multi-user.target") \(Self.target(kind))"]
    }

    /// A word of a unit file: `%` begins a specifier, a quoted word may hold blanks.
    static func escaped(_ text: String) -> String {
        let doubled = text.replacing("%", with: "%%")
        guard doubled.contains(where: { $0 == " " || $0 == "\"" || $0 == "\\" || $0 == "'" }) else { return doubled }
        return "\"\(doubled.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
    }
}
