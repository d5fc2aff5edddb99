/// Why an upgrade was refused or taken back.
public enum UpgradeError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What would be in the way; nothing was touched.
    case refused([String], isAboutRights: Bool)
    /// Another upgrade is at work.
    case busy
    case step(String, reason: String)
    /// It failed, and everything is as it was before.
    case takenBack(version: String, reason: String)
    /// It failed, and so did the way back.
    case stuck(reason: String, back: String)

    public var description: String {
        switch self {
        case .refused(let problems, _):
            "The upgrade was not begun, nothing was touched:" + problems.map { "\n  - \($0)" }.joined()
        case .busy: "Another upgrade is at work. Wait for its end."
        case .step(let action, let reason): "Cannot \(action): \(reason)."
        case .takenBack(let version, let reason):
            "The upgrade failed and was taken back: everything is at version \(version) as before. The reason: \(reason)"
        case .stuck(let reason, let back):
            "The upgrade failed (\(reason)), and could not be taken back yet (\(back)). When that is mended: "
                + "skerry upgrade --recover"
        }
    }
}
