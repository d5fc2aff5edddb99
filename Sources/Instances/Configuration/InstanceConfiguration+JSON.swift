public import Catalog

extension InstanceConfiguration {
    /// The configuration file's content. What is at its default is left out, except what people look for first.
    public var json: JSON {
        var object: JSONObject = [
            "version": .int(Self.version),
            "home": .string(home),
            "webListenPrefixes": JSON(webListenPrefixes.map(\.description)),
            "allowPlainHTTP": .bool(allowPlainHTTP),
        ]
        if let databaseFile { object["database"] = .string(databaseFile) }
        if let tls {
            object["tls"] = [
                "certificateFile": .string(tls.certificateFile), "privateKeyFile": .string(tls.privateKeyFile),
            ]
        }
        var limitsObject = JSONObject()
        for (key, value) in Self.limitKeys { limitsObject[key] = limits[keyPath: value].map(JSON.int) }
        if !limitsObject.isEmpty { object["limits"] = .object(limitsObject) }
        object["firstId"] = .int(firstID)
        object["logLevel"] = .string(logLevel.rawValue)
        return .object(object)
    }

    /// Reads a configuration file's content. An unknown key is an error that names it.
    ///
    /// - Parameter path: of the file, for the error.
    /// - Throws: ``InstanceError/badConfiguration(path:problems:)`` with every problem found.
    public init(json: JSON, path: String) throws(InstanceError) {
        var reader = ConfigurationReader(json: json)
        let configuration = reader.configuration()
        let problems = reader.problems.isEmpty ? configuration.problems : reader.problems
        guard problems.isEmpty else { throw .badConfiguration(path: path, problems: problems) }
        self = configuration
    }

    fileprivate static var limitKeys: [(String, WritableKeyPath<Limits, Int?>)] {
        [("bodyBytes", \.bodyBytes), ("jsonDepth", \.jsonDepth), ("connections", \.connections)]
    }
}

/// Reads one configuration and collects what is wrong with it.
private struct ConfigurationReader {
    let json: JSON
    var problems: [String] = []

    init(json: JSON) { self.json = json }

    mutating func configuration() -> InstanceConfiguration {
        guard let object = json.objectValue else {
            problems.append("expected an object, found \(json.typeName).")
            return InstanceConfiguration(home: "/")
        }
        refuseUnknown(
            object,
            "",
            [
                "version", "home", "database", "webListenPrefixes", "allowPlainHTTP", "tls", "limits", "firstId",
                "logLevel",
            ]
        )
        switch object["version"] {
        case .int(InstanceConfiguration.version)?: break
        case nil: problems.append("version: is missing; this skerry writes version \(InstanceConfiguration.version).")
        case .some(let other):
            problems.append(
                "version: \(other.text) is not known to this skerry, which reads version "
                    + "\(InstanceConfiguration.version). Use the skerry that wrote the file."
            )
        }
        var configuration = InstanceConfiguration(home: path(object, "", "home", isRequired: true) ?? "/")
        configuration.databaseFile = path(object, "", "database")
        if let prefixes = prefixes(object) { configuration.webListenPrefixes = prefixes }
        configuration.allowPlainHTTP = boolean(object, "allowPlainHTTP") ?? false
        configuration.tls = tls(object)
        configuration.limits = limits(object)
        configuration.firstID = integer(object, "", "firstId", in: 1...1_000_000_000) ?? 1
        if let name = string(object, "", "logLevel") {
            if let level = InstanceConfiguration.LogLevel(rawValue: name) {
                configuration.logLevel = level
            } else {
                let known = InstanceConfiguration.LogLevel.allCases.map(\.rawValue).joined(separator: ", ")
                problems.append("logLevel: \"\(name)\" is none of \(known).")
            }
        }
        return configuration
    }

    private mutating func prefixes(_ object: JSONObject) -> [ListenPrefix]? {
        guard let value = object["webListenPrefixes"] else {
            problems.append("webListenPrefixes: is missing; expected a list like [\"http://127.0.0.1:8065/\"].")
            return nil
        }
        guard let elements = value.arrayValue else {
            problems.append("webListenPrefixes: expected a list of addresses, found \(value.typeName).")
            return nil
        }
        return elements.compactMap { element in
            guard let text = element.stringValue else {
                problems.append("webListenPrefixes: expected an address in quotes, found \(element.typeName).")
                return nil
            }
            do {
                return try ListenPrefix(text)
            } catch {
                problems.append("\(error)")
                return nil
            }
        }
    }

    private mutating func tls(_ object: JSONObject) -> InstanceConfiguration.TLS? {
        guard let members = section(object, "tls", ["certificateFile", "privateKeyFile"]),
            let certificate = path(members, "tls.", "certificateFile", isRequired: true),
            let key = path(members, "tls.", "privateKeyFile", isRequired: true)
        else { return nil }
        return InstanceConfiguration.TLS(certificateFile: certificate, privateKeyFile: key)
    }

    private mutating func limits(_ object: JSONObject) -> InstanceConfiguration.Limits {
        var limits = InstanceConfiguration.Limits()
        guard let members = section(object, "limits", InstanceConfiguration.limitKeys.map(\.0)) else { return limits }
        for (key, value) in InstanceConfiguration.limitKeys {
            limits[keyPath: value] = integer(members, "limits.", key, in: 1...1_000_000_000)
        }
        return limits
    }

    private mutating func section(_ object: JSONObject, _ key: String, _ known: [String]) -> JSONObject? {
        guard let value = object[key], !value.isNull else { return nil }
        guard let members = value.objectValue else {
            problems.append("\(key): expected an object, found \(value.typeName).")
            return nil
        }
        refuseUnknown(members, "\(key).", known)
        return members
    }

    private mutating func refuseUnknown(_ object: JSONObject, _ place: String, _ known: [String]) {
        for key in object.keys where !known.contains(key) {
            let closest = closestName(to: key, among: known).map { "; did you mean \"\($0)\"?" } ?? "."
            problems.append("\(place)\(key): is no setting of this file\(closest)")
        }
    }

    private mutating func string(_ object: JSONObject, _ place: String, _ key: String) -> String? {
        guard let value = object[key], !value.isNull else { return nil }
        guard let text = value.stringValue else {
            problems.append("\(place)\(key): expected a string, found \(value.typeName).")
            return nil
        }
        return text
    }

    private mutating func boolean(_ object: JSONObject, _ key: String) -> Bool? {
        guard let value = object[key], !value.isNull else { return nil }
        guard let flag = value.boolValue else {
            problems.append("\(key): expected true or false, found \(value.typeName).")
            return nil
        }
        return flag
    }

    private mutating func integer(
        _ object: JSONObject,
        _ place: String,
        _ key: String,
        in range: ClosedRange<Int>
    ) -> Int? {
        guard let value = object[key], !value.isNull else { return nil }
        guard let number = value.intValue, range.contains(number) else {
            problems.append(
                "\(place)\(key): expected a whole number from \(range.lowerBound) to \(range.upperBound), found \(value.text)."
            )
            return nil
        }
        return number
    }

    private mutating func path(
        _ object: JSONObject,
        _ place: String,
        _ key: String,
        isRequired: Bool = false
    ) -> String? {
        guard let text = string(object, place, key) else {
            if isRequired, object[key] == nil { problems.append("\(place)\(key): is missing.") }
            return nil
        }
        do {
            return try absolutePath(text, setting: "\(place)\(key)")
        } catch {
            problems.append("\(error)")
            return nil
        }
    }
}

extension InstanceConfiguration {
    /// Reads the bytes of a configuration file.
    ///
    /// - Throws: ``InstanceError/badConfiguration(path:problems:)``.
    public init(bytes: [UInt8], path: String) throws(InstanceError) {
        let json: JSON
        do {
            json = try JSON.parse(bytes, limits: JSONLimits(bytes: DurableFile.largest, depth: 16, values: 10_000))
        } catch {
            throw .badConfiguration(path: path, problems: ["\(error)."])
        }
        try self.init(json: json, path: path)
    }

    package var fileBytes: [UInt8] { Array((json.prettyText() + "\n").utf8) }
}
