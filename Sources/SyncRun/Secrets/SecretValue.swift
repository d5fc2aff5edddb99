/// The value of a secret in memory. It has no text of its own: whatever prints, logs or reflects it gets a word.
struct SecretValue: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let value: String

    init(_ value: String) { self.value = value }

    /// The value itself, for the one request that sends it.
    func reveal() -> String { value }

    var description: String { "(secret)" }
    var debugDescription: String { "(secret)" }
    var customMirror: Mirror { Mirror(self, children: [:]) }

    /// Whether a text quotes it. Short values are found in too much to tell.
    func occurs(in text: String) -> Bool { value.utf8.count >= 4 && text.contains(value) }
}
