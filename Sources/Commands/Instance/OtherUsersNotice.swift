import Instances

/// What root is told of the instances that ordinary users of the machine keep for themselves.
enum OtherUsersNotice {
    /// - Parameters:
    ///   - what: of those instances, after "which": `are not in this list`.
    ///   - arguments: of the command that does for them what this one does for those of the machine.
    static func tell(which what: String, _ arguments: String) throws {
        for user in OtherUser.all(try InstancePaths.current()).compactMap({ $0.only(Program.kind) }) {
            Console.note(
                "note: \(user.name) has instances of their own, which \(what): \(user.list). As that user: "
                    + user.line(Program.name, arguments)
            )
        }
    }
}
