/// How far a run trusts what was read before.
public struct ReadingOptions: Sendable {
    /// Read both sides whole, whatever the feeds say.
    public var isFull = false
    /// After so long everything is read once more: a feed is a hint, never the only truth.
    public var verifyAfter: Duration = .seconds(24 * 3600)

    public init() {}
}
