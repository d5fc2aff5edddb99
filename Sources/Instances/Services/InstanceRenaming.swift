/// Gives an instance another name, and its service with it: a service is stopped and removed, and made anew under the
/// new name, running and starting with the machine as it did.
///
/// Killed at any moment, the same call again completes it; one back to the name before takes it back.
public struct InstanceRenaming: Sendable {
    public let control: ServiceControl

    private var registry: InstanceRegistry { control.registry }
    private var manager: any ServiceManager { control.manager }

    public init(control: ServiceControl) { self.control = control }

    /// What ``run(_:to:)`` would do with the service, one sentence; looks and changes nothing.
    ///
    /// - Throws: what ``run(_:to:)`` throws before it changes anything.
    public func preview(_ record: InstanceRecord, to text: String) async throws(InstanceError) -> String {
        let name = try InstanceName(text)
        if name.slug == record.slug, record.renaming != nil { return "its service would be made again" }
        guard name.slug != record.slug, let duty = try await duty(of: record) else {
            try registry.checkRename(record, to: name, isStopped: false)
            return "no service is touched"
        }
        try registry.checkRename(record, to: name, isStopped: duty.isRunning)
        return duty.isRunning
            ? "its service would be stopped, made anew and started" : "its service would be made anew"
    }

    /// - Returns: the instance under its new name, and what was done with its service, one sentence.
    /// - Throws: ``InstanceError/nameTaken(_:by:)``, ``InstanceError/alreadyRunning(name:processID:addresses:stop:)`` for one
    ///   that was started by hand, and what stopping, making and starting a service throws.
    public func run(
        _ record: InstanceRecord,
        to text: String
    ) async throws(InstanceError) -> (record: InstanceRecord, service: String) {
        let name = try InstanceName(text)
        let renamed = try await renamed(record, to: name)
        guard let renaming = renamed.renaming else { return (renamed, "no service was touched") }
        try await manager.install(renamed, insteadOf: renaming.from, duty: renaming.duty)
        if renaming.duty.isRunning { try await manager.requestStart(renamed) }
        let done = try registry.endRename(renamed)
        guard renaming.duty.isRunning else { return (done, "its service was made anew") }
        return (done, "its service was made anew: \(try await control.started(done))")
    }

    /// Removes the service of an instance that has one.
    private func renamed(_ record: InstanceRecord, to name: InstanceName) async throws(InstanceError) -> InstanceRecord
    {
        guard name.slug != record.slug, let duty = try await duty(of: record) else {
            return try registry.rename(record, to: name)
        }
        try registry.checkRename(record, to: name, isStopped: duty.isRunning)
        let begun = try registry.beginRename(record, to: name, duty: duty)
        _ = try await control.perform(.uninstall, begun)
        return try registry.rename(begun, to: name)
    }

    /// What the service is asked for, or was before a rename that was cut off.
    private func duty(of record: InstanceRecord) async throws(InstanceError) -> ServiceDuty? {
        let now = try await manager.duty(of: record)
        guard let before = record.renaming?.duty else { return now }
        return ServiceDuty(
            isRunning: before.isRunning || now?.isRunning == true,
            isEnabled: before.isEnabled || now?.isEnabled == true
        )
    }
}
