import Catalog
import Foundation
import Store

/// The catalogue of community step templates: each is known by the id that it has everywhere.
struct CommunityTemplateRules: ResourceRules {
    let kind = KindName.communityStepTemplates

    func prepare(_ body: inout JSON, replacing old: JSON?, in context: WriteContext) throws {
        if let old { body["ExternalId"] = old["ExternalId"] }
        guard let id = body.text("ExternalId").flatMap(UUID.init(uuidString:)) else {
            throw APIProblem.invalid("ExternalId must be the UUID that the template has in the community library.")
        }
        body["ExternalId"] = .string(id.uuidString.lowercased())
        if !body.isAbsent("Properties"), body["Properties"]?.objectValue == nil {
            throw APIProblem.invalid("Properties must be an object, but is \(body.member("Properties").typeName).")
        }
        for name in ["Parameters", "Packages"] where !body.isAbsent(name) {
            guard let entries = body[name]?.arrayValue, entries.allSatisfy({ $0.objectValue != nil }) else {
                throw APIProblem.invalid("\(name) must be an array of objects.")
            }
        }
        let parameters = body["Parameters"]?.arrayValue ?? []
        body["Parameters"] = .array(parameters.map(Self.withTextDefault))
    }

    /// Old templates of the library have numbers where an installed one has text.
    private static func withTextDefault(_ parameter: JSON) -> JSON {
        var parameter = parameter
        switch parameter["DefaultValue"] {
        case .bool, .int, .decimal:
            parameter["DefaultValue"] = TemplateParameters.value(parameter.member("DefaultValue"), isSensitive: false)
        default: break
        }
        return parameter
    }
}
