/// The proof that this process, and no other, is the front door of the machine.
public final class FrontDoorClaim: Sendable {
    private let lock: FileLock

    /// - Parameter version: of this program, for those who ask how the front door is.
    /// - Throws: ``InstanceError/serviceProblem(name:reason:)`` when another process is.
    public init(_ registry: InstanceRegistry, version: String) throws(InstanceError) {
        guard let lock = try Companion.frontDoor.claim(registry.paths, version: version) else {
            throw .serviceProblem(name: "front-door", reason: "another front door runs already")
        }
        self.lock = lock
    }
}
