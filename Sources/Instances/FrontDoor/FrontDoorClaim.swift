/// The proof that this process, and no other, is the front door of the machine.
public final class FrontDoorClaim: Sendable {
    private let lock: FileLock

    /// - Throws: ``InstanceError/serviceProblem(name:reason:)`` when another process is.
    public init(_ registry: InstanceRegistry) throws(InstanceError) {
        guard let lock = try FileLock.attempt(registry.paths.frontDoorLockFile) else {
            throw .serviceProblem(name: "front-door", reason: "another front door runs already")
        }
        self.lock = lock
    }
}
