/// The unit of the front door of a machine, or of a user.
struct FrontDoorUnit {
    static let name = "skerry-front-door.service"

    let program: String
    let isOfUser: Bool
    let root: String?

    var text: String {
        var lines = [
            "# Made by skerry service --install; changes are lost. Use: systemctl edit \(Self.name)",
            "[Unit]", "Description=Skerry front door", "Wants=network-online.target", "After=network-online.target",
            "PartOf=\(SystemdUnit.target(.server))", "", "[Service]", "Type=notify",
            "ExecStart=\(SystemdUnit.escaped(program)) front-door", "Restart=always", "RestartSec=1", "UMask=0027",
            "TimeoutStopSec=30",
        ]
        if let root { lines.append("Environment=\(SystemdUnit.escaped("SKERRY_ROOT=\(root)"))") }
        if !isOfUser {
            // Root, to read the TLS keys of all accounts; it writes nothing but its lock.
            lines += [
                "NoNewPrivileges=yes", "PrivateTmp=yes", "ProtectSystem=strict", "ProtectHome=read-only",
                "ReadWritePaths=-/run/skerry\(root.map { " -\(SystemdUnit.escaped("\($0)/run/skerry"))" } ?? "")",
                "CapabilityBoundingSet=CAP_NET_BIND_SERVICE CAP_DAC_READ_SEARCH CAP_DAC_OVERRIDE",
                "ProtectKernelTunables=yes", "ProtectKernelModules=yes", "ProtectControlGroups=yes",
                "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX", "RestrictSUIDSGID=yes", "LockPersonality=yes",
            ]
        }
        lines += [
            "", "[Install]",
            "WantedBy=\(isOfUser ? "default.target" : "multi-user.target") \(SystemdUnit.target(.server))",
            "",
        ]
        return lines.joined(separator: "\n")
    }
}
