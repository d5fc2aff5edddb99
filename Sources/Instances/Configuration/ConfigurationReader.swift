import Catalog

/// Reads one configuration file and collects what is wrong with it, each problem with its place.
struct ConfigurationReader {
    let json: JSON
    var problems: [String] = []

    init(json: JSON) { self.json = json }

    /// - Throws: ``InstanceError/badConfiguration(path:problems:)`` for what is no JSON.
    static func json(_ bytes: [UInt8], path: String) throws(InstanceError) -> JSON {
        do {
            return try JSON.parse(bytes, limits: JSONLimits(bytes: DurableFile.largest, depth: 16, values: 10_000))
        } catch {
            throw .badConfiguration(path: path, problems: ["\(error)."])
        }
    }

    mutating func readVersion(_ object: JSONObject, known: Int) {
        switch object["version"] {
        case .int(known)?: break
        case nil: problems.append("version: is missing; this skerry writes version \(known).")
        case .some(let other):
            problems.append(
                "version: \(other.text) is not known to this skerry, which reads version \(known). Use the skerry that "
                    + "wrote the file."
            )
        }
    }

    mutating func logLevel(_ object: JSONObject) -> InstanceConfiguration.LogLevel? {
        guard let name = string(object, "", "logLevel") else { return nil }
        if let level = InstanceConfiguration.LogLevel(rawValue: name) { return level }
        let known = InstanceConfiguration.LogLevel.allCases.map(\.rawValue).joined(separator: ", ")
        problems.append("logLevel: \"\(name)\" is none of \(known).")
        return nil
    }

    mutating func section(_ object: JSONObject, _ key: String, _ known: [String]) -> JSONObject? {
        guard let value = object[key], !value.isNull else { return nil }
        guard let members = value.objectValue else {
            problems.append("\(key): expected an object, found \(value.typeName).")
            return nil
        }
        refuseUnknown(members, "\(key).", known)
        return members
    }

    mutating func refuseUnknown(_ object: JSONObject, _ place: String, _ known: [String]) {
        for key in object.keys where !known.contains(key) {
            let closest = closestName(to: key, among: known).map { "; did you mean \"\($0)\"?" } ?? "."
            problems.append("\(place)\(key): is no setting of this file\(closest)")
        }
    }

    mutating func string(_ object: JSONObject, _ place: String, _ key: String) -> String? {
        guard let value = object[key], !value.isNull else { return nil }
        guard let text = value.stringValue else {
            problems.append("\(place)\(key): expected a string, found \(value.typeName).")
            return nil
        }
        return text
    }

    mutating func boolean(_ object: JSONObject, _ key: String) -> Bool? {
        guard let value = object[key], !value.isNull else { return nil }
        guard let flag = value.boolValue else {
            problems.append("\(key): expected true or false, found \(value.typeName).")
            return nil
        }
        return flag
    }

    mutating func integer(
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

    mutating func path(
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
