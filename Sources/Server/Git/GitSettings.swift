import Catalog
import Store

/// Where a project is kept: what `PersistenceSettings` says of one that is in Git.
struct GitSettings: Sendable, Hashable {
    var url: String
    var defaultBranch: String
    /// Without slashes around it.
    var folder: String
    /// Id of the Git credential; nil for a repository that anybody may use.
    var credential: String?
    var protectsDefaultBranch: Bool
    var protectedPatterns: [String]
    var holdsVariables: Bool
    var holdsRunbooks: Bool

    /// Nil for a project in the database.
    init?(project: JSON) {
        guard let settings = project["PersistenceSettings"], settings["Type"] == "VersionControlled" else { return nil }
        url = settings.text("Url") ?? ""
        defaultBranch = settings.text("DefaultBranch") ?? "main"
        folder = settings.text("BasePath") ?? ".octopus"
        credential = settings.member("Credentials").text("Id")
        protectsDefaultBranch = settings.flag("ProtectedDefaultBranch")
        protectedPatterns = settings.strings("ProtectedBranchNamePatterns")
        holdsVariables = settings.member("ConversionState").flag("VariablesAreInGit")
        holdsRunbooks = settings.member("ConversionState").flag("RunbooksAreInGit")
    }

    /// - Parameter sent: `VersionControlSettings` of a request.
    /// - Throws: `APIProblem` that names the member.
    init(sent: JSON, allowsLocal: Bool) throws {
        let object = sent.objectValue ?? [:]
        let text = { (name: String) in object[caseless: name]?.stringValue.map(\.trimmingSpaces) ?? "" }
        url = text("Url")
        try GitAddress.check(url, allowsLocal: allowsLocal)
        let branch = GitAddress.shortName(text("DefaultBranch"))
        defaultBranch = branch.isEmpty ? "main" : branch
        guard GitAddress.isBranchName(defaultBranch) else {
            throw APIProblem.invalid(
                "VersionControlSettings.DefaultBranch: '\(defaultBranch)' cannot be a branch's name."
            )
        }
        let basePath = text("BasePath")
        folder = try GitAddress.folder(basePath.isEmpty ? ".octopus" : basePath)
        credential = try Self.credential(object[caseless: "Credentials"]?.objectValue ?? [:])
        protectsDefaultBranch = object[caseless: "ProtectedDefaultBranch"]?.boolValue ?? false
        protectedPatterns = Array((object[caseless: "ProtectedBranchNamePatterns"]?.stringsValue ?? []).prefix(100))
        guard protectedPatterns.allSatisfy({ $0.utf8.count <= 200 && $0.count { $0 == "*" } <= 4 }) else {
            throw APIProblem.invalid("VersionControlSettings.ProtectedBranchNamePatterns: a pattern is too long.")
        }
        let format = text("SerializationFormat").lowercased()
        guard format.isEmpty || format == "ocl" else {
            throw APIProblem.invalid(
                "VersionControlSettings.SerializationFormat: only Ocl is supported, not \(format)."
            )
        }
        let state = object[caseless: "ConversionState"]?.objectValue ?? [:]
        holdsVariables = state[caseless: "VariablesAreInGit"]?.boolValue ?? false
        holdsRunbooks = state[caseless: "RunbooksAreInGit"]?.boolValue ?? false
    }

    private static func credential(_ credentials: JSONObject) throws -> String? {
        let type = credentials[caseless: "Type"]?.stringValue ?? "Anonymous"
        switch type.lowercased() {
        case "anonymous": return nil
        case "reference":
            guard let id = credentials[caseless: "Id"]?.stringValue, !id.isEmpty else {
                throw APIProblem.invalid("VersionControlSettings.Credentials.Id: name a Git credential.")
            }
            return id
        default:
            throw APIProblem.invalid(
                "VersionControlSettings.Credentials.Type: \(type.prefix(40)) is not supported here. Make a Git credential "
                    + "with the user name and the token, and send {\"Type\": \"Reference\", \"Id\": \"GitCredentials-1\"}."
            )
        }
    }

    /// As a project holds it.
    var json: JSON {
        let credentials: JSON = credential.map { ["Type": "Reference", "Id": .string($0)] } ?? ["Type": "Anonymous"]
        return [
            "Type": "VersionControlled", "Url": .string(url), "DefaultBranch": .string(defaultBranch),
            "BasePath": .string(folder), "Credentials": credentials,
            "ProtectedDefaultBranch": .bool(protectsDefaultBranch),
            "ProtectedBranchNamePatterns": JSON(protectedPatterns), "SerializationFormat": "Ocl",
            "ConversionState": [
                "VariablesAreInGit": .bool(holdsVariables), "RunbooksAreInGit": .bool(holdsRunbooks),
            ],
        ]
    }

    func isProtected(_ branch: String) -> Bool {
        (protectsDefaultBranch && branch == defaultBranch)
            || protectedPatterns.contains { GitAddress.matches(branch[...], $0[...]) }
    }

    func path(_ file: String) -> String { "\(folder)/\(file)" }

    /// What signs in at the repository.
    ///
    /// - Throws: `APIProblem` when the credential is not there, or is not for this repository.
    func login(in reader: any StoreReading, _ resources: Resources, space: String?) throws -> GitProgram.Login? {
        guard let credential else { return nil }
        guard let document = try reader.document(.gitCredentials, credential), document.space == space else {
            throw APIProblem.invalid(
                "The Git credential '\(credential.prefix(100))' of the project is not in this space."
            )
        }
        let body = try resources.body(of: document)
        let restrictions = body.member("RepositoryRestrictions")
        if restrictions.flag("Enabled"),
            !restrictions.strings("AllowedRepositories").contains(where: { GitAddress.matches(url[...], $0[...]) })
        {
            throw APIProblem.invalid(
                "The Git credential '\(document.name)' may not be used for \(url). Add the address to its "
                    + "RepositoryRestrictions, or name another credential."
            )
        }
        let details = body.member("Details")
        guard details["Type"] == "UsernamePassword" else {
            throw APIProblem.invalid(
                "The Git credential '\(document.name)' holds no user name and password; only those are supported."
            )
        }
        let password = try reader.secret(.gitCredentials, credential, path: "Details/Password") ?? []
        let login = GitProgram.Login(
            credential: document.name,
            username: details.text("Username") ?? "",
            password: String(decoding: password, as: UTF8.self)
        )
        guard !(login.username + login.password).utf8.contains(where: { $0 < 0x20 }) else {
            throw APIProblem.invalid(
                "The Git credential '\(document.name)' holds line breaks, which no login may have."
            )
        }
        return login
    }
}
