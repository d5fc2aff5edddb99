/// What can be wrong with a machine's instances, by name.
public enum Fault: String, Sendable, Hashable, CaseIterable {
    // The machine.
    case clockWrong = "clock-wrong"
    case registryDamaged = "registry-damaged"
    case lockHeld = "lock-held"
    case defaultMissing = "default-missing"
    case supervisorMissing = "supervisor-missing"
    case frontDoorMissing = "front-door-missing"
    // An instance's files.
    case configurationMissing = "configuration-missing"
    case configurationInvalid = "configuration-invalid"
    case keyMissing = "key-missing"
    case keyOpen = "key-open"
    case keyUnusable = "key-unusable"
    case homeMissing = "home-missing"
    case homeOpen = "home-open"
    case ownerWrong = "owner-wrong"
    case accountMissing = "account-missing"
    case diskFull = "disk-nearly-full"
    // What it needs to run.
    case portTaken = "port-taken"
    case portNeedsRights = "port-needs-rights"
    case certificateMissing = "certificate-missing"
    case certificateExpired = "certificate-expired"
    case certificateExpires = "certificate-expires-soon"
    case databaseDamaged = "database-damaged"
    case databaseNewer = "database-newer"
    // How it runs.
    case serviceFailed = "service-failed"
    case unitOutdated = "unit-outdated"
    case renameUnfinished = "rename-unfinished"
    case notAnswering = "not-answering"
    case oldProgram = "old-program-runs"

    /// Whether things go on all the same, for now.
    public var isWarning: Bool {
        switch self {
        case .defaultMissing, .homeOpen, .certificateExpires, .unitOutdated, .oldProgram, .portNeedsRights: true
        default: false
        }
    }
}

/// One fault that was found.
public struct Finding: Sendable, Hashable {
    public var fault: Fault
    /// The name of the instance; nil for the machine.
    public var instance: String?
    /// What is so, one sentence.
    public var message: String
    /// What to do.
    public var advice: String
}
