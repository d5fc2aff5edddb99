/// The name of a kind: its collection in routes, in lower case (`projectgroups`).
///
/// Each kind's file adds its own constant (`KindName.projectGroups`), so that nothing has to be listed twice.
public struct KindName: Hashable, Sendable, RawRepresentable, Comparable {
    public var rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }
    public init(_ name: String) { rawValue = name }

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

extension KindName: ExpressibleByStringLiteral, CustomStringConvertible {
    public init(stringLiteral value: String) { rawValue = value }
    public var description: String { rawValue }
}
