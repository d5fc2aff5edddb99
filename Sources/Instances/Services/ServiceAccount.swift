extension InstanceRegistry {
    /// Lets an instance run as another user from its next start on.
    ///
    /// - Parameter giveFiles: hand its files over to that user, which needs root.
    /// - Throws: ``InstanceError/unknownUser(_:)``, ``InstanceError/alreadyRunning(name:processID:addresses:stop:)``.
    public func setUser(
        _ record: InstanceRecord,
        _ user: String,
        giveFiles: Bool
    ) throws(InstanceError) -> InstanceRecord {
        _ = try Account(named: user)
        return try changing { () throws(InstanceError) in
            var current = try find(record.slug, in: try records())
            if current.user != user || giveFiles { try refuseWhileRunning(current) }
            current.user = user
            // Files first: a registration never names a user who cannot read them.
            if giveFiles { try AccountAccess(registry: self, record: current).give() }
            try AccountAccess(registry: self, record: current).check()
            try write(current)
            return current
        }
    }

    /// - Throws: ``InstanceError/unknownUser(_:)``.
    public func checkUser(_ user: String) throws(InstanceError) { _ = try Account(named: user) }
}
