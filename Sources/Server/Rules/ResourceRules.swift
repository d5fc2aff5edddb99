import Catalog
import Store

/// Behaviour of one kind that no description can hold.
///
/// What the catalog says (types, defaults, references, uniqueness, secrets, events, delete protection) is done for
/// every kind by `Resources/`; a rule adds only what is special. All calls run inside the write's transaction; to
/// refuse, throw an `APIProblem`.
protocol ResourceRules: Sendable {
    var kind: KindName { get }

    /// True when `serve` computes what is served from what is stored.
    var computesServedForm: Bool { get }

    /// Before validation and references are checked. The id is known (`body["Id"]`), fields may be absent or of wrong
    /// types: nothing has been checked yet.
    func prepare(_ body: inout JSON, replacing old: JSON?, in context: WriteContext) throws

    /// After validation, which takes no value from a client for fields that the server owns: sets those fields.
    /// Secrets are taken out already. (Read-only members of the top level may be set in `prepare` as well.)
    func derive(_ body: inout JSON, replacing old: JSON?, in context: WriteContext) throws

    /// After the document was written, in the same transaction: creates, changes or removes other documents.
    func saved(_ document: Document, body: JSON, old: JSON?, in context: WriteContext) throws

    /// Before the document is removed: refuses, or removes what goes with it. Documents whose catalog owner is this one
    /// are removed by themselves, after this call.
    func deleting(_ document: Document, body: JSON, in context: WriteContext) throws

    /// The served form of a stored body; nil when it is the stored form.
    func serve(_ body: JSON, in context: ReadContext) throws -> JSON?
}

extension ResourceRules {
    var computesServedForm: Bool { false }
    func prepare(_ body: inout JSON, replacing old: JSON?, in context: WriteContext) throws {}
    func derive(_ body: inout JSON, replacing old: JSON?, in context: WriteContext) throws {}
    func saved(_ document: Document, body: JSON, old: JSON?, in context: WriteContext) throws {}
    func deleting(_ document: Document, body: JSON, in context: WriteContext) throws {}
    func serve(_ body: JSON, in context: ReadContext) throws -> JSON? { nil }
}
