public import Catalog

extension Plan {
    public var json: JSON { outline.json }

    /// What `json` is, with lists that are made while they are written: a plan may have 100,000 operations.
    public var outline: JSONOutline {
        .object([
            ("source", .value(source.json(cursor: sourceCursor))),
            ("destination", .value(destination.json(cursor: destinationCursor))),
            ("policyDigest", .value(.string(policyDigest))), ("operations", .list(operations, \.json)),
            ("conflicts", .list(conflicts, \.json)), ("notices", .list(notices, \.json)),
            ("skipped", .list(skipped, \.json)), ("secretsLedger", .list(secrets, \.json)),
            ("packagesMissing", .list(packages, \.json)), ("settings", .value(settings.json)),
            ("adoption", .list(meetings, \.json)), ("totals", .value(totals)),
        ])
    }

    /// Operations by action, and how many carry each risk.
    public var totals: JSON {
        var counts = JSONObject()
        for action in Operation.Action.allCases {
            counts[action.rawValue] = .int(operations.count { $0.action == action })
        }
        var risks = JSONObject()
        for risk in Operation.Risk.allCases {
            risks[risk.rawValue] = .int(operations.count { $0.risks.contains(risk) })
        }
        return [
            "operations": .int(operations.count), "actions": .object(counts), "risks": .object(risks),
            "conflicts": .int(conflicts.count),
        ]
    }

    public init?(json: JSON) {
        guard let source = json["source"].flatMap(ReplicaIdentity.init(json:)),
            let destination = json["destination"].flatMap(ReplicaIdentity.init(json:)),
            let digest = json["policyDigest"]?.stringValue,
            let operations = json["operations"]?.all(Operation.init(json:)),
            let conflicts = json["conflicts"]?.all(Conflict.init(json:)),
            let notices = json["notices"]?.all(Notice.init(json:)),
            let skipped = json["skipped"]?.all(Skipped.init(json:)),
            let secrets = json["secretsLedger"]?.all(SecretNeed.init(json:)),
            let settings = json["settings"].flatMap(PlanSettings.init(json:)),
            let meetings = json["adoption"]?.all(Meeting.init(json:))
        else { return nil }
        self.init(
            source: source,
            destination: destination,
            sourceCursor: json["source"]?["eventCursor"]?.intValue,
            destinationCursor: json["destination"]?["eventCursor"]?.intValue,
            policyDigest: digest,
            operations: operations,
            conflicts: conflicts,
            notices: notices,
            skipped: skipped,
            secrets: secrets,
            settings: settings,
            meetings: meetings
        )
        packages = (json["packagesMissing"]?.arrayValue ?? []).compactMap(PackageNeed.init(json:))
    }
}

extension PlanSettings {
    var json: JSON {
        [
            "heal": .bool(heals), "deletes": .string(pruning.rawValue),
            "resolutions": .array(resolutions.map(\.json)),
        ]
    }

    init?(json: JSON) {
        guard let heals = json["heal"]?.boolValue,
            let pruning = json["deletes"]?.stringValue.flatMap(Pruning.init(rawValue:)),
            let resolutions = json["resolutions"]?.all(ConflictResolution.init(json:))
        else { return nil }
        self.init(heals: heals, pruning: pruning, resolutions: resolutions)
    }
}

extension Meeting {
    var json: JSON {
        ["kind": .string(kind.rawValue), "same": .int(same), "differing": .array(differing.map(\.json))]
    }

    init?(json: JSON) {
        guard let kind = json["kind"]?.stringValue, let same = json["same"]?.intValue,
            let differing = json["differing"]?.all(EntityKey.init(json:))
        else { return nil }
        self.init(kind: KindName(kind), same: same, differing: differing)
    }
}

extension JSON {
    /// The elements of an array, or nil when one of them is not understood.
    fileprivate func all<Element>(_ make: (JSON) -> Element?) -> [Element]? {
        guard let elements = arrayValue else { return nil }
        var result: [Element] = []
        result.reserveCapacity(elements.count)
        for element in elements {
            guard let value = make(element) else { return nil }
            result.append(value)
        }
        return result
    }
}

extension ReplicaIdentity {
    func json(cursor: Int?) -> JSON {
        [
            "url": .string(url), "spaceId": .string(spaceID), "space": .string(spaceName),
            "version": .string(serverVersion), "installationId": .string(installationID),
            "eventCursor": cursor.map(JSON.int) ?? .null,
        ]
    }

    init?(json: JSON) {
        guard let url = json["url"]?.stringValue, let spaceID = json["spaceId"]?.stringValue,
            let space = json["space"]?.stringValue, let version = json["version"]?.stringValue,
            let installation = json["installationId"]?.stringValue
        else { return nil }
        self.init(url: url, spaceID: spaceID, spaceName: space, serverVersion: version, installationID: installation)
    }
}

extension Operation {
    public var json: JSON {
        var json: JSON = [
            "seq": .int(sequence), "phase": .int(phase.rawValue), "op": .string(action.rawValue), "key": key.json,
            "lineage": .string(lineage), "dependsOn": .array(dependsOn.map(JSON.int)),
            "fields": .array(fields.map(\.json)), "after": after,
            "pre": ["srcHash": .string(sourceHash), "dstHash": .string(hashBefore)],
            "post": ["dstHash": .string(hashAfter)], "risk": JSON(risks.map(\.rawValue)),
        ]
        if !partRenames.isEmpty { json["partRenames"] = .array(partRenames.map(\.json)) }
        return json
    }

    public init?(json: JSON) {
        guard let sequence = json["seq"]?.intValue, let phase = json["phase"]?.intValue.flatMap(SyncPhase.init),
            let action = json["op"]?.stringValue.flatMap(Action.init),
            let key = json["key"].flatMap(EntityKey.init(json:)),
            let lineage = json["lineage"]?.stringValue, let dependsOn = json["dependsOn"]?.all(\.intValue),
            let fields = json["fields"]?.all(FieldChange.init(json:)), let after = json["after"],
            let sourceHash = json["pre"]?["srcHash"]?.stringValue, let before = json["pre"]?["dstHash"]?.stringValue,
            let hashAfter = json["post"]?["dstHash"]?.stringValue,
            let risks = json["risk"]?.all({ $0.stringValue.flatMap(Risk.init) }),
            let partRenames = (json["partRenames"] ?? []).all(PartRename.init(json:))
        else { return nil }
        self.init(
            sequence: sequence,
            phase: phase,
            action: action,
            key: key,
            lineage: lineage,
            dependsOn: dependsOn,
            fields: fields,
            after: after,
            sourceHash: sourceHash,
            hashBefore: before,
            hashAfter: hashAfter,
            risks: risks,
            partRenames: partRenames
        )
    }
}

extension PartRename {
    public var json: JSON { ["path": JSON(path), "was": .string(formerName)] }

    init?(json: JSON) {
        guard let path = json["path"]?.all(\.stringValue), let was = json["was"]?.stringValue else { return nil }
        self.init(path: path, formerName: was)
    }
}

extension FieldChange {
    /// An absent value and null are different things: absent members are left out.
    public var json: JSON {
        var object: JSONObject = ["path": .string(path), "rule": .string(rule)]
        object["base"] = base
        object["from"] = from
        object["to"] = to
        return .object(object)
    }

    init?(json: JSON) {
        guard let path = json["path"]?.stringValue, let rule = json["rule"]?.stringValue else { return nil }
        self.init(path: path, base: json["base"], from: json["from"], to: json["to"], rule: rule)
    }
}

extension Conflict {
    public var json: JSON {
        var object: JSONObject = [
            "id": .string(id), "code": .string(code), "key": key.json, "path": .string(path),
            "message": .string(message), "digest": .string(digest.text), "choices": JSON(choices.map(\.rawValue)),
        ]
        object["base"] = base
        object["source"] = source
        object["destination"] = destination
        return .object(object)
    }

    init?(json: JSON) {
        guard let id = json["id"]?.stringValue, let code = json["code"]?.stringValue,
            let key = json["key"].flatMap(EntityKey.init(json:)), let path = json["path"]?.stringValue,
            let message = json["message"]?.stringValue
        else { return nil }
        self.init(
            id: id,
            code: code,
            key: key,
            path: path,
            base: json["base"],
            source: json["source"],
            destination: json["destination"],
            message: message
        )
    }
}

extension Notice {
    public var json: JSON {
        [
            "code": .string(code), "key": key?.json ?? .null, "path": .string(path), "message": .string(message),
        ]
    }

    init?(json: JSON) {
        guard let code = json["code"]?.stringValue, let path = json["path"]?.stringValue,
            let message = json["message"]?.stringValue
        else { return nil }
        self.init(code: code, key: json["key"].flatMap(EntityKey.init(json:)), path: path, message: message)
    }
}

extension Skipped {
    public var json: JSON {
        ["code": .string(code), "key": key.json, "path": .string(path), "rule": .string(rule)]
    }

    init?(json: JSON) {
        guard let code = json["code"]?.stringValue, let key = json["key"].flatMap(EntityKey.init(json:)),
            let path = json["path"]?.stringValue, let rule = json["rule"]?.stringValue
        else { return nil }
        self.init(code: code, key: key, path: path, rule: rule)
    }
}
