import Catalog

/// What the references in the documents of both replicas say: each is read once, however many documents share it.
///
/// `KeyIndex` gives all references to one thing the same object, so that an object's identity is enough to know it by.
final class ReferenceTable {
    /// The object is kept, so that no other one gets its identity.
    private var known: [UInt: (object: JSONObject, reference: NormalReference)] = [:]
    private var written: [EntityKey: JSON] = [:]

    /// Nil for a value that is no reference.
    func reference(_ json: JSON) -> NormalReference? {
        guard case .object(let object) = json, object.count == 2 else { return nil }
        if let found = known[object.identity] { return found.reference }
        guard let reference = NormalReference(json: json) else { return nil }
        known[object.identity] = (object, reference)
        return reference
    }

    /// The reference to a key in normal form.
    func json(_ key: EntityKey) -> JSON {
        if let json = written[key], case .resolved(let same) = reference(json), same.isWritten(like: key) {
            return json
        }
        let json = NormalReference.resolved(key).json
        written[key] = json
        return json
    }
}
