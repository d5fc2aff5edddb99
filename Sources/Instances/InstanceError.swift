/// Why something could not be done with an instance. Each says what to do about it.
public enum InstanceError: Error, Sendable, Hashable {
    case badRoot(String)
    case badName(String, reason: String)
    /// A name that maps to the slug of a registered instance.
    case nameTaken(String, by: String)
    case unknown(name: String, registered: [String])
    case noInstance
    case ambiguous(registered: [String])
    /// Registered, but its files are missing or cannot be understood.
    case broken(name: String, path: String, reason: String)
    case noPermission(path: String, action: String, user: String?)
    case badConfiguration(path: String, problems: [String])
    case badSetting(setting: String, problem: String)
    case portTaken(prefix: String, by: String, theirs: String)
    case homeTaken(home: String, by: String, theirs: String)
    case databaseTaken(database: String, by: String)
    case applicationsTaken(directory: String, by: String, theirs: String)
    /// A program that is no registered instance listens there.
    case portInUse(prefix: String)
    /// - Parameter stop: the command that stops it, where one is known.
    case alreadyRunning(name: String, processID: Int32?, addresses: [String], stop: String?)
    case badSecret(path: String, reason: String)
    case homeNotOurs(home: String)
    case lockTimedOut(path: String)
    case stopTimedOut(name: String, processID: Int32)
    /// The instance has no service that could be started.
    case serviceMissing(name: String)
    /// What keeps services running refused or failed.
    case serviceProblem(name: String, reason: String)
    case startFailed(name: String, reason: String)
    /// Its process is there, but does not answer as this instance.
    case notAnswering(name: String, address: String, reason: String)
    case startTimedOut(name: String, seconds: Int)
    case unknownUser(String)
    /// Files of an instance that do not belong to the user that it runs as.
    case foreignFiles(paths: [String], user: String)
    case fileProblem(path: String, action: String, reason: String)
}

extension InstanceError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .badRoot(let root): "SKERRY_ROOT is \"\(root)\", but must be an absolute path, for example /tmp/skerry."
        case .badName(let name, let reason):
            "\"\(name)\" cannot be the name of an instance: \(reason). Choose a name like main or \"Dev and Test\"."
        case .nameTaken(let name, let other):
            name == other
                ? "There is already an instance named \"\(name)\". Choose another name, or delete it with "
                    + "\(Program.name) delete-instance --instance \(quoted(name))."
                : "\"\(name)\" is too close to the name of the instance \"\(other)\": their files would have the same "
                    + "names. Choose another name."
        case .unknown, .noInstance, .ambiguous: resolutionMessage
        case .broken(let name, let path, let reason):
            "The instance \"\(name)\" is registered, but its configuration \(path) \(reason)"
                + (reason.contains("\n") ? "\n" : ". ")
                + "Put the file back (from a backup), or make a new one: \(Program.name) repair-instance --instance "
                + "\(quoted(name)); or forget the instance, which leaves its files: \(Program.name) forget-instance --instance "
                + quoted(name)
        case .noPermission(let path, let action, let user):
            "You may not \(action) \(path)."
                + (user.map { " It belongs to the user \($0): run this as \($0 == "root" ? "" : "\($0) or ")root." }
                    ?? "")
        case .badConfiguration(let path, let problems):
            "The configuration \(path) is not valid:" + problems.map { "\n  - \($0)" }.joined()
        case .badSetting(let setting, let problem): "\(setting): \(problem)"
        case .portTaken, .portInUse, .homeTaken, .databaseTaken, .applicationsTaken: conflictMessage
        case .alreadyRunning(let name, let processID, let addresses, let stop):
            "The instance \"\(name)\" is running" + (processID.map { " as process \($0)" } ?? "")
                + (addresses.isEmpty ? "" : " at \(addresses.joined(separator: ", "))") + ". Stop it first"
                + (stop.map { ": \($0)" } ?? ".")
        case .badSecret(let path, let reason): "The secret in \(path) cannot be used: \(reason)."
        case .homeNotOurs(let home):
            "The home \(home) held other files when the instance was created, so it is not deleted. Delete the instance "
                + "with --keep-data and remove what you no longer need in \(home) yourself."
        case .lockTimedOut(let path):
            "Another skerry command is changing instances and does not finish (lock \(path)). Try again when it is done."
        case .stopTimedOut(let name, let processID):
            "The instance \"\(name)\" (process \(processID)) was asked to stop and has not stopped in time."
        case .serviceMissing, .serviceProblem, .startFailed, .notAnswering, .startTimedOut, .unknownUser, .foreignFiles:
            serviceMessage
        case .fileProblem(let path, let action, let reason): "Cannot \(action) \(path): \(reason)."
        }
    }

    private var resolutionMessage: String {
        switch self {
        case .unknown(let name, let registered):
            if registered.isEmpty {
                return "There is no instance \"\(name)\"; none is registered. Create it with: "
                    + "\(Program.name) create-instance --instance \(quoted(name))"
            }
            let closest = closestName(to: name, among: registered).map { " Did you mean \"\($0)\"?" } ?? ""
            return "There is no instance \"\(name)\".\(closest) Registered: \(list(registered))."
        case .ambiguous(let registered):
            return "Several instances exist and none is the default: \(list(registered)). Name one with --instance, or "
                + "make one the default with \(Program.name) set-default-instance --instance \(quoted(registered.first ?? "NAME"))"
        default:
            return "No instance exists yet. Create one with: \(Program.name) create-instance"
        }
    }

    private var serviceMessage: String {
        switch self {
        case .serviceMissing(let name):
            "The instance \"\(name)\" has no service yet. Install and start it with: "
                + "\(Program.name) service --install --start --instance \(quoted(name))"
        case .serviceProblem(let name, let reason): "The service of \"\(name)\": \(reason)."
        case .startFailed(let name, let reason): "The instance \"\(name)\" does not start: \(reason)"
        case .notAnswering(let name, let address, let reason):
            "The instance \"\(name)\" runs, but does not answer as itself at \(address): \(reason). If it was given another "
                + "certificate, restart it."
        case .startTimedOut(let name, let seconds):
            "The instance \"\(name)\" was started and does not answer after \(seconds) seconds. See its log, or wait "
                + "longer with --timeout."
        case .unknownUser(let user): "There is no user \"\(user)\" on this machine."
        case .foreignFiles(let paths, let user):
            "These do not belong to the user \(user), as whom the instance is to run: \(paths.joined(separator: ", ")). "
                + "Give them to \(user) with --fix (as root)."
        default: ""
        }
    }

    private var conflictMessage: String {
        switch self {
        case .portTaken(let prefix, let name, let theirs):
            "\(prefix) cannot be used, because the instance \"\(name)\" listens on \(theirs). Choose another port; servers "
                + "can also share one, each with a path (/group1) or a host name of its own."
        case .homeTaken(let home, let name, let theirs):
            "The home \(home) overlaps with the home of the instance \"\(name)\" (\(theirs)). Choose a directory apart "
                + "from it with --home."
        case .databaseTaken(let database, let name):
            "The database \(database) belongs to the instance \"\(name)\". Every instance needs a database of its own."
        case .applicationsTaken(let directory, let name, let theirs):
            "The application directory \(directory) overlaps with that of the instance \"\(name)\" (\(theirs)). Choose a "
                + "directory apart from it with --app."
        case .portInUse(let prefix):
            "\(prefix) cannot be used, because another program listens there now. Stop it, or choose another port."
        default: ""
        }
    }

    private func list(_ names: [String]) -> String { names.map { "\"\($0)\"" }.joined(separator: ", ") }
}

/// A name as it is typed in a shell.
func quoted(_ name: String) -> String {
    let plain = name.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || byte == 0x2D || byte == 0x5F || byte == 0x2E
    }
    return plain && !name.isEmpty ? name : "'\(name.replacing("'", with: "'\\''"))'"
}

/// The name that needs the fewest changed characters, if that is few enough to be a slip.
func closestName(to name: String, among names: [String]) -> String? {
    let wanted = Array(name.lowercased())
    let measured = names.map { (name: $0, distance: editDistance(wanted, Array($0.lowercased()))) }
    guard let best = measured.min(by: { $0.distance < $1.distance }), best.distance <= max(2, wanted.count / 3) else {
        return nil
    }
    return best.name
}

private func editDistance(_ left: [Character], _ right: [Character]) -> Int {
    var previous = Array(0...right.count)
    for (row, letter) in left.enumerated() {
        var current = [row + 1]
        for (column, other) in right.enumerated() {
            current.append(
                min(previous[column] + (letter == other ? 0 : 1), previous[column + 1] + 1, current[column] + 1)
            )
        }
        previous = current
    }
    return previous[right.count]
}
