import Foundation

/// What an instance is a copy of. Each kind has its own name space.
public enum InstanceKind: String, Sendable, Hashable, CaseIterable {
    case server
    case agent
}

/// Where instances keep their files on this machine.
///
/// `SKERRY_ROOT` moves everything (`/etc/skerry` becomes `$SKERRY_ROOT/etc/skerry`, and so on). Without it, root uses
/// the places of the file-system hierarchy standard, and any other user the XDG directories. Nothing depends on the
/// current directory.
public struct InstancePaths: Sendable, Hashable {
    /// Registry, configuration and secrets.
    public var configurationRoot: String
    /// Homes.
    public var stateRoot: String
    public var logRoot: String
    /// What does not outlive a restart of the machine: locks and the state of running instances.
    public var runtimeRoot: String
    /// The versions of the programs, side by side, when an upgrade has put them there.
    public var programsRoot: String
    /// What all places of the machine are below: empty for root, `SKERRY_ROOT` where that is set; nil for the instances of an
    /// ordinary user.
    public private(set) var machineRoot: String?

    /// - Parameter programsRoot: nil puts it below the homes.
    public init(
        configurationRoot: String,
        stateRoot: String,
        logRoot: String,
        runtimeRoot: String,
        programsRoot: String? = nil
    ) {
        self.configurationRoot = configurationRoot
        self.stateRoot = stateRoot
        self.logRoot = logRoot
        self.runtimeRoot = runtimeRoot
        self.programsRoot = programsRoot ?? "\(stateRoot)/programs"
    }

    /// - Parameters:
    ///   - environment: the variables of the process.
    ///   - userID: of the user whose instances are meant; 0 is root.
    ///   - homeDirectory: of that user, absolute.
    /// - Throws: ``InstanceError/badRoot(_:)`` for a relative `SKERRY_ROOT`.
    public init(environment: [String: String], userID: UInt32, homeDirectory: String) throws(InstanceError) {
        if let root = environment["SKERRY_ROOT"], !root.isEmpty {
            guard root.hasPrefix("/") else { throw .badRoot(root) }
            self.init(under: root == "/" ? "" : root.droppingTrailingSlashes)
        } else if userID == 0 {
            self.init(under: "")
        } else {
            // A relative path in an XDG variable is to be ignored, says its specification.
            func directory(_ variable: String, _ fallback: String) -> String {
                let value = environment[variable] ?? ""
                return (value.hasPrefix("/") ? value : "\(homeDirectory)/\(fallback)").droppingTrailingSlashes
                    + "/skerry"
            }
            let state = directory("XDG_STATE_HOME", ".local/state")
            self.init(
                configurationRoot: directory("XDG_CONFIG_HOME", ".config"),
                stateRoot: directory("XDG_DATA_HOME", ".local/share"),
                logRoot: "\(state)/log",
                runtimeRoot: Self.runtimeDirectory(environment, userID).map { "\($0)/skerry" } ?? "\(state)/run"
            )
        }
    }

    private init(under root: String) {
        self.init(
            configurationRoot: "\(root)/etc/skerry",
            stateRoot: "\(root)/var/lib/skerry",
            logRoot: "\(root)/var/log/skerry",
            runtimeRoot: "\(root)/run/skerry",
            programsRoot: "\(root)/opt/skerry"
        )
        machineRoot = root
    }

    /// What the machine keeps for a user until it is restarted. A shell that another way than a sign-in has started (sudo, cron)
    /// does not name it, and means the same instances.
    static func runtimeDirectory(_ environment: [String: String], _ userID: UInt32) -> String? {
        if let named = environment["XDG_RUNTIME_DIR"], named.hasPrefix("/") { return named.droppingTrailingSlashes }
        let usual = "/run/user/\(userID)"
        var status = stat()
        guard lstat(usual, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, status.st_uid == userID else {
            return nil
        }
        return usual
    }

    /// The places of this process's user and environment.
    public static func current() throws(InstanceError) -> InstancePaths {
        try InstancePaths(
            environment: ProcessInfo.processInfo.environment,
            userID: geteuid(),
            homeDirectory: FileManager.default.homeDirectoryForCurrentUser.path.droppingTrailingSlashes
        )
    }

    /// One file for each registered instance of a kind.
    public func registryDirectory(_ kind: InstanceKind) -> String {
        "\(configurationRoot)/\(kind.rawValue)/instances"
    }

    public func recordFile(_ kind: InstanceKind, _ slug: String) -> String {
        "\(registryDirectory(kind))/\(slug).json"
    }

    /// The directory of an instance's configuration file and secrets.
    public func configurationDirectory(_ kind: InstanceKind, _ slug: String) -> String {
        "\(configurationRoot)/\(kind.rawValue)/\(slug)"
    }

    public func defaultConfigurationFile(_ kind: InstanceKind, _ slug: String) -> String {
        "\(configurationDirectory(kind, slug))/config.json"
    }

    public func secretsDirectory(_ kind: InstanceKind, _ slug: String) -> String {
        "\(configurationDirectory(kind, slug))/secrets"
    }

    public func masterKeyFile(_ kind: InstanceKind, _ slug: String) -> String {
        "\(secretsDirectory(kind, slug))/master-key"
    }

    public func defaultHome(_ kind: InstanceKind, _ slug: String) -> String {
        "\(stateRoot)/\(kind.rawValue)/\(slug)"
    }

    public func logDirectory(_ kind: InstanceKind, _ slug: String) -> String {
        "\(logRoot)/\(kind.rawValue)/\(slug)"
    }

    public func runtimeDirectory(_ kind: InstanceKind, _ slug: String) -> String {
        "\(runtimeRoot)/\(kind.rawValue)/\(slug)"
    }

    /// Where an instance answers requests that the front door passes on.
    public func doorSocket(_ kind: InstanceKind, _ slug: String) -> String {
        "\(runtimeDirectory(kind, slug))/door.sock"
    }

    /// Held while a registry changes: one for both kinds, which must not take each other's ports and homes.
    public var registryLockFile: String { "\(runtimeRoot)/locks/registry.lock" }
}

extension String {
    var droppingTrailingSlashes: String {
        var text = self[...]
        while text.count > 1, text.hasSuffix("/") { text.removeLast() }
        return String(text)
    }
}
