import Foundation

extension RunningInstance {
    /// Leaves a sign of life: the time of a file in the run-time directory.
    public func beat() throws(InstanceError) {
        let descriptor = open(beatFile, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .file(beatFile, "write") }
        defer { close(descriptor) }
        guard futimens(descriptor, nil) == 0 else { throw .file(beatFile, "write") }
    }
}

extension InstanceRegistry {
    func beatFile(_ slug: String) -> String { "\(paths.runtimeDirectory(kind, slug))/heartbeat" }

    /// How long ago a running instance left its last sign of life; nil when it does not run.
    public func secondsSinceBeat(_ slug: String) -> Double? {
        guard isRunning(slug),
            let time = try? FileManager.default.attributesOfItem(atPath: beatFile(slug))[.modificationDate] as? Date
        else { return nil }
        return max(Date.now.timeIntervalSince(time), 0)
    }
}
