import Foundation

/// Which of the service managers this machine has.
public enum ServiceManagers {
    /// systemd where it runs and files are in their ordinary places; else the supervisor. `SKERRY_SERVICES` set to
    /// `systemd` or `supervisor` decides otherwise.
    ///
    /// - Parameter programs: the directory of the programs that run instances; nil for that of this one.
    /// - Throws: ``InstanceError/badSetting(setting:problem:)`` for another word in `SKERRY_SERVICES`.
    public static func standard(
        for registry: InstanceRegistry,
        programs: String? = nil
    ) throws(InstanceError) -> any ServiceManager {
        let program = programs.map { "\($0)/\(registry.kind.program)" } ?? program(for: registry.kind)
        let environment = ProcessInfo.processInfo.environment
        let root = environment["SKERRY_ROOT"].flatMap { $0.isEmpty || $0 == "/" ? nil : $0 }
        switch environment["SKERRY_SERVICES"] ?? "" {
        case "systemd": return systemd(registry, program, root, environment)
        case "supervisor": return SupervisedServices(registry: registry, program: program)
        case "":
            return Directories.isDirectory("/run/systemd/system") && root == nil
                ? systemd(registry, program, root, environment)
                : SupervisedServices(registry: registry, program: program)
        case let other:
            throw .badSetting(setting: "SKERRY_SERVICES", problem: "\"\(other)\" is neither systemd nor supervisor.")
        }
    }

    /// This program, by the path that stays when another version is installed.
    public static var program: String {
        let own = executable
        // …/2026.1.0/bin/skerry, with a link …/current to 2026.1.0 beside it.
        let version = DurableFile.directory(of: DurableFile.directory(of: own))
        let link = "\(DurableFile.directory(of: version))/current"
        guard own.dropFirst(version.count).hasPrefix("/bin/"), Directories.resolved(link) == version else { return own }
        return "\(link)/bin/\(Program.kind.program)"
    }

    /// This program, and no other version of it.
    public static var executable: String { Directories.resolved("/proc/self/exe") }

    /// The program that runs instances of a kind: this one, or the one that is installed beside it.
    static func program(for kind: InstanceKind) -> String {
        let own = program
        guard kind != Program.kind else { return own }
        return "\(DurableFile.directory(of: own))/\(kind.program)"
    }

    private static func systemd(
        _ registry: InstanceRegistry,
        _ program: String,
        _ root: String?,
        _ environment: [String: String]
    ) -> SystemdServices {
        let isOfUser = geteuid() != 0
        let configuration =
            environment["XDG_CONFIG_HOME"] ?? "\(FileManager.default.homeDirectoryForCurrentUser.path)/.config"
        return SystemdServices(
            registry: registry,
            directory: isOfUser ? "\(configuration)/systemd/user" : "/etc/systemd/system",
            isOfUser: isOfUser,
            program: program,
            root: root
        )
    }
}
