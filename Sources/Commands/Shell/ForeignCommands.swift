import Instances

/// Commands of the product that people come from which Skerry does not have, and what to do instead.
enum ForeignCommands {
    static func advice(for command: String, kind: InstanceKind) -> String? {
        (kind == .server ? server : agent)[command.lowercased()] ?? both[command.lowercased()]
    }

    private static let both = [
        "watchdog":
            "systemd, or skerry supervise, starts again what has ended. Install the service: service --install.",
        "checkservices":
            "systemd, or skerry supervise, starts again what has ended. To see what runs: list-instances.",
        "proxy": "Set HTTP_PROXY, HTTPS_PROXY and NO_PROXY in the environment of the service (systemctl edit).",
    ]

    private static let server = [
        "database": "Each instance makes and upgrades its own database when it starts. To put it elsewhere: skerry "
            + "configure --database FILE.",
        "license": "Skerry needs no licence.",
        "node": "An instance is one process. To stop it: skerry service --stop.",
        "path": "To move the data of an instance: skerry configure --home DIR.",
        "ssl-certificate": "To use HTTPS: skerry configure --tlsCertificate FILE --tlsPrivateKey FILE.",
        "import-certificate": "To use HTTPS: skerry configure --tlsCertificate FILE --tlsPrivateKey FILE.",
        "builtin-worker": "Skerry has no built-in worker.",
        "lost-master-key":
            "Put the key back from where it was saved. Without it the secrets in the database are lost; a "
            + "new instance has to be given new ones: skerry create-instance.",
    ]

    private static let later =
        "That comes with deployments. Until then tell the server about the agent by hand: the "
        + "thumbprint is printed by skerry-agent show-thumbprint; trust the server with skerry-agent configure --trust."

    private static let agent = [
        "register-with": later, "register-worker": later, "poll-server": later, "server-comms": later,
        "deregister-from": "The agent is not registered from here yet: remove it on the server, and its trust with "
            + "skerry-agent clear-trusted-servers.",
        "deregister-worker": "The agent is not registered from here yet: remove it on the server, and its trust with "
            + "skerry-agent clear-trusted-servers.",
        "set-polling-connection-count": "This agent does not poll yet; it is connected to.",
        "polling-proxy": "This agent does not poll yet; it is connected to.",
        "extract": "Unpack a package with unzip or tar.",
    ]
}
