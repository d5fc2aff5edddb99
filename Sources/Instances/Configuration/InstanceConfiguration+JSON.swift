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
        if allowLocalGit { object["allowLocalGit"] = true }
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

extension ConfigurationReader {
    fileprivate mutating func configuration() -> InstanceConfiguration {
        guard let object = json.objectValue else {
            problems.append("expected an object, found \(json.typeName).")
            return InstanceConfiguration(home: "/")
        }
        refuseUnknown(
            object,
            "",
            [
                "version", "home", "database", "webListenPrefixes", "allowPlainHTTP", "allowLocalGit", "tls", "limits",
                "firstId", "logLevel",
            ]
        )
        readVersion(object, known: InstanceConfiguration.version)
        var configuration = InstanceConfiguration(home: path(object, "", "home", isRequired: true) ?? "/")
        configuration.databaseFile = path(object, "", "database")
        if let prefixes = prefixes(object) { configuration.webListenPrefixes = prefixes }
        configuration.allowPlainHTTP = boolean(object, "allowPlainHTTP") ?? false
        configuration.allowLocalGit = boolean(object, "allowLocalGit") ?? false
        configuration.tls = tls(object)
        configuration.limits = limits(object)
        configuration.firstID = integer(object, "", "firstId", in: 1...1_000_000_000) ?? 1
        if let level = logLevel(object) { configuration.logLevel = level }
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
}

extension InstanceConfiguration {
    /// Reads the bytes of a configuration file.
    ///
    /// - Throws: ``InstanceError/badConfiguration(path:problems:)``.
    public init(bytes: [UInt8], path: String) throws(InstanceError) {
        try self.init(json: try ConfigurationReader.json(bytes, path: path), path: path)
    }

    package var fileBytes: [UInt8] { Array((json.prettyText() + "\n").utf8) }
}
