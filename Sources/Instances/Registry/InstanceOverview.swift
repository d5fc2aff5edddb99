/// One line of the list of instances.
public struct InstanceOverview: Sendable, Hashable {
    public enum State: String, Sendable, Hashable {
        case running
        /// Its process is up but does not answer requests yet.
        case starting
        case stopped
        /// Registered, but its configuration is missing or cannot be read.
        case broken
    }

    public var record: InstanceRecord
    public var state: State
    public var processID: Int32?
    /// Where it listens, or would.
    public var addresses: [String]
    /// Why it is broken.
    public var problem: InstanceError?
}

extension InstanceRegistry {
    /// Every registered instance with its state.
    public func overview() throws(InstanceError) -> [InstanceOverview] {
        var rows: [InstanceOverview] = []
        for record in try records() { rows.append(overview(of: record)) }
        return rows
    }

    public func overview(of record: InstanceRecord) -> InstanceOverview {
        var row = InstanceOverview(record: record, state: .stopped, addresses: [])
        do throws(InstanceError) {
            row.addresses = try settings(of: record).addresses.map(\.description)
        } catch {
            row.state = .broken
            row.problem = error
        }
        guard isRunning(record.slug) else { return row }
        // A broken configuration does not stop a process that has read it before.
        let running = runState(record.slug)
        row.state = running?.isReady == true ? .running : .starting
        row.processID = running?.processID
        if let addresses = running?.addresses, !addresses.isEmpty { row.addresses = addresses }
        return row
    }
}
