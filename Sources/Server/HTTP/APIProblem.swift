import Catalog
import HTTPTypes

/// A refusal that the caller is told about: the status and the error body of the contract.
struct APIProblem: Error, Sendable, Hashable {
    var status: HTTPResponse.Status
    var message: String
    /// Never empty for 400, never sent for 404 (clients take an error with `Errors` for something else than "absent").
    var errors: [String]
    /// Further headers of the answer (`Allow`, `Retry-After`).
    var headers: [HTTPField.Name: String] = [:]
    /// The text of an unexpected error, where the configuration lets it out.
    var fullException: String?

    init(_ status: HTTPResponse.Status, _ message: String, errors: [String] = []) {
        self.status = status
        self.message = message
        self.errors = errors
    }

    /// 400: what was sent is not acceptable. Each error names the field and what to do.
    static func invalid(_ errors: [String]) -> APIProblem {
        APIProblem(.badRequest, "There was a problem with your request.", errors: errors)
    }

    static func invalid(_ error: String) -> APIProblem { invalid([error]) }

    static func notFound(_ what: String = "resource", _ id: String? = nil) -> APIProblem {
        let named = id.map { " '\($0.prefix(100))'" } ?? ""
        return APIProblem(.notFound, "The \(what)\(named) was not found, or you may not see it.")
    }

    static func notFound(_ kind: Kind, _ id: String) -> APIProblem { notFound(kind.title.one, id) }

    static let unauthorized = APIProblem(
        .unauthorized,
        "You must be signed in. Send an API key in the X-Octopus-ApiKey header, or sign in."
    )

    static func forbidden(
        _ message: String =
            "You do not have permission to do this. Only members of the administrators' team may make changes."
    )
        -> APIProblem
    { APIProblem(.forbidden, message) }

    static func methodNotAllowed(_ allowed: [String]) -> APIProblem {
        var problem = APIProblem(
            .methodNotAllowed,
            "This address does not support the method. It supports \(allowed.joined(separator: ", "))."
        )
        problem.headers[.allow] = allowed.joined(separator: ", ")
        return problem
    }

    /// 400 rather than 409, as the contract has it: somebody else changed the document meanwhile.
    static func stale(_ kind: Kind, expected: Int, found: Int) -> APIProblem {
        .invalid(
            "The \(kind.title.one) was changed by someone else: you sent version \(found), it is at version \(expected). "
                + "Read it again, then repeat your change."
        )
    }

    static func notSupportedYet(_ what: String) -> APIProblem {
        APIProblem(.notImplemented, "\(what) is not supported yet.", errors: ["\(what) is not supported yet."])
    }
}

extension APIProblem {
    /// The error body of the contract.
    var body: JSON {
        var object: JSONObject = ["ErrorMessage": .string(message)]
        if status != .notFound {
            object["Errors"] = JSON(errors)
            object["ParsedHelpLinks"] = []
            object["HelpLink"] = .null
            object["HelpText"] = .null
            object["FullException"] = JSON(fullException)
            object["Details"] = [:]
        }
        return .object(object)
    }
}
