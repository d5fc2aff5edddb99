public import Catalog

/// A write or read that a rule of the store refuses. Failures of the database itself are ``SQLError``.
public enum StoreError: Error, Sendable, Hashable {
    case notFound(kind: KindName, id: String)
    /// Somebody else changed the document since the caller read it.
    case stale(kind: KindName, id: String, expected: Int, found: Int)
    case duplicateName(kind: KindName, name: String, existingID: String)
    case duplicateID(kind: KindName, id: String)
    case blobTooLarge(kind: KindName, id: String, bytes: Int, limit: Int)
    case tooManyValues(count: Int, limit: Int)
    /// The instance's master key is not the one that the database was made with.
    case wrongMasterKey
    /// A sealed value was damaged, or belongs to another document or path.
    case unreadableSecret(kind: KindName, id: String, path: String)
    case secretNotFound(kind: KindName, id: String, path: String)
    case apiKeyNotFound(id: String)
}

extension StoreError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notFound(let kind, let id): "There is no \(id) among the \(kind)."
        case .stale(let kind, let id, let expected, let found):
            """
            \(id) (\(kind)) was changed by somebody else: this write is based on version \(expected), the stored one \
            is \(found). Read it again and repeat the change.
            """
        case .duplicateName(let kind, let name, let existingID):
            "The name '\(name)' is taken among the \(kind) by \(existingID). Choose another name."
        case .duplicateID(let kind, let id): "There is a \(id) among the \(kind) already. Choose another id."
        case .blobTooLarge(let kind, let id, let bytes, let limit):
            "The file for \(id) (\(kind)) has \(bytes) bytes; \(limit) are allowed. Send a smaller one."
        case .tooManyValues(let count, let limit):
            "The query names \(count) values; \(limit) are allowed. Ask in several parts."
        case .wrongMasterKey:
            """
            The master key is not the one that this database was made with, so its secrets cannot be read. \
            Put the instance's own master key back (skerry set-master-key), or restore the database that belongs to \
            this key.
            """
        case .unreadableSecret(let kind, let id, let path):
            "The secret \(path) of \(id) (\(kind)) cannot be read: it is damaged or was moved there. Set it again."
        case .secretNotFound(let kind, let id, let path): "\(id) (\(kind)) has no secret at \(path)."
        case .apiKeyNotFound(let id): "There is no API key \(id)."
        }
    }
}
