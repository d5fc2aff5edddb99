import Catalog
import Foundation
import Sync
import SyncRun

/// What both servers answered to one read, kept in a file: the same input on every day, without servers.
struct Recording {
    var source: Side
    var destination: Side

    struct Side {
        var identity: ReplicaIdentity
        var documents: [KindName: [JSON]]

        func replica(_ catalog: Catalog) -> Replica {
            ReplicaBuilder.build(identity: identity, documents: documents, catalog: catalog)
        }
    }

    init(_ source: RawReplica, _ destination: RawReplica) {
        self.source = Side(identity: source.identity, documents: source.documents)
        self.destination = Side(identity: destination.identity, documents: destination.documents)
    }

    /// Recordings of large spaces are large.
    static let limits = JSONLimits(bytes: 2 << 30, depth: 128, values: 200_000_000)

    init(path: String) throws {
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
        let json = try JSON.parse(bytes, limits: Self.limits)
        source = Side(json["source"] ?? [:])
        destination = Side(json["destination"] ?? [:])
    }

    func write(to path: String) throws {
        let json: JSON = ["source": source.json, "destination": destination.json]
        try Data(json.bytes).write(to: URL(filePath: path))
    }
}

extension Recording.Side {
    fileprivate init(_ json: JSON) {
        func text(_ name: String) -> String { json[name]?.stringValue ?? "" }
        identity = ReplicaIdentity(
            url: text("url"),
            spaceID: text("space"),
            spaceName: text("spaceName"),
            serverVersion: text("version"),
            installationID: text("installation")
        )
        documents = [:]
        for (kind, list) in json["documents"]?.objectValue ?? [:] {
            documents[KindName(kind)] = list.arrayValue
        }
    }

    fileprivate var json: JSON {
        let lists = documents.sorted { $0.key < $1.key }.map { ($0.key.rawValue, JSON.array($0.value)) }
        return [
            "url": .string(identity.url), "space": .string(identity.spaceID),
            "spaceName": .string(identity.spaceName), "version": .string(identity.serverVersion),
            "installation": .string(identity.installationID), "documents": .object(JSONObject(lists)),
        ]
    }
}

extension Recording.Side {
    /// A person's week: values, texts and scripts changed here and there, a few projects renamed.
    ///
    /// - Parameter step: of so many things one is changed; sides that differ in it change different things.
    func edited(every step: Int, by mark: String) -> Self {
        var result = self
        result.change(.variableSets, every: 1) { set, number in
            guard case .array(var rows) = set["Variables"] else { return }
            for row in rows.indices where (row + number) % (step * 3) == 0 {
                guard rows[row]["Type"] == "String", let value = rows[row]["Value"]?.stringValue else { continue }
                rows[row]["Value"] = .string(value + mark)
            }
            if number % (step * 2) == 1, rows.count > 2 { rows.remove(at: number % rows.count) }
            set["Variables"] = .array(rows)
        }
        for kind in [KindName.deploymentProcesses, .runbookProcesses] {
            result.change(kind, every: step) { process, number in
                guard case .array(var steps) = process["Steps"], !steps.isEmpty else { return }
                let place = number % steps.count
                if let script = steps[place]["Actions"]?[0]?["Properties"]?["Octopus.Action.Script.ScriptBody"]?
                    .stringValue
                {
                    steps[place]["Actions"]?[0]?["Properties"]?["Octopus.Action.Script.ScriptBody"] =
                        .string(script + "\n# " + mark)
                } else {
                    steps[place]["Actions"]?[0]?["Notes"] = .string(mark)
                }
                process["Steps"] = .array(number % (step * 3) == 0 ? steps.reversed() : steps)
            }
        }
        for kind in [KindName.projects, .runbooks, .lifecycles, .stepTemplates, .tenants] {
            result.change(kind, every: step) { document, _ in document["Description"] = .string(mark) }
        }
        result.change(.projects, every: step * 5) { project, _ in
            project["Name"] = .string((project["Name"]?.stringValue ?? "") + " " + mark)
        }
        return result
    }

    private mutating func change(_ kind: KindName, every step: Int, _ change: (inout JSON, Int) -> Void) {
        guard var list = documents[kind] else { return }
        for index in list.indices where index % step == 0 { change(&list[index], index) }
        documents[kind] = list
    }
}
