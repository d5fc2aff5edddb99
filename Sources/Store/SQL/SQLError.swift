/// A failure of the database itself, as opposed to a rule of the store (``StoreError``).
public struct SQLError: Error, Sendable, CustomStringConvertible {
    /// What went wrong, so that code can act on it.
    public enum Code: Sendable, Hashable {
        /// Another process held the database for longer than the driver waits. Trying again may help.
        case busy
        /// A rule of the schema (a unique key, a column that may not be null) was broken.
        case constraint
        /// The disk or the database is full.
        case full
        /// The file is damaged or no database at all.
        case corrupt
        /// The file cannot be opened or written.
        case access
        /// The task was cancelled while the statement ran.
        case interrupted
        /// The driver was closed.
        case closed
        /// The statement is wrong, or anything else.
        case other
    }

    public var code: Code
    /// The database's own words. Never holds bound values.
    public var message: String
    /// The statement that failed, with placeholders instead of values.
    public var statement: String?

    public init(_ code: Code, _ message: String, statement: String? = nil) {
        self.code = code
        self.message = message
        self.statement = statement
    }

    public var description: String {
        let advice =
            switch code {
            case .busy: " Another process is writing to the database: try again, or stop that process."
            case .full: " Free space on the disk of the database."
            case .corrupt: " Restore the file from a backup."
            case .access: " Check that the path exists and that this account may write there."
            case .constraint, .interrupted, .closed, .other: ""
            }
        let place = statement.map { " (in: \($0))" } ?? ""
        return "database: \(message)\(place).\(advice)"
    }
}
