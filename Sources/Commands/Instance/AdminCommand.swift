import ArgumentParser
import Catalog
import Instances
import Server

struct AdminCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "admin",
        abstract: "Create an administrator of an instance, or reset one's password and add an API key.",
        discussion: """
            The user becomes a member of the administrators' team. The password comes from --password-stdin, from \
            SKERRY_ADMIN_PASSWORD, from a question on the terminal, or from --password (which other users can see in \
            the process list); a user who is there may keep the old one. Without --apiKey a key is made and printed once: save it, only its hash is stored.

            Examples:
              skerry admin --username admin
              printf '%s' "$PASSWORD" | skerry admin --instance production --username admin --password-stdin
            """
    )

    @OptionGroup var instance: InstanceOptions

    @Option(help: "The name to sign in with.")
    var username: String

    @Option(help: "The e-mail address of the user.")
    var email: String?

    @Option(help: "The password. Prefer one of the other ways.")
    var password: String?

    @Flag(name: .customLong("password-stdin"), help: "Read the password from the first line of standard input.")
    var readsPassword = false

    @Option(
        name: .customLong("apiKey"),
        help: ArgumentHelp("An API key of the user: API- and then 16 or more of A–Z and 0–9.", valueName: "API-…")
    )
    var apiKey: String?

    @OptionGroup var dryRun: DryRunOption
    @OptionGroup var output: OutputOptions

    func perform() async throws -> CommandResult {
        let prepared = try PreparedInstance(try InstanceContext(instance))
        let request = try AdministratorRequest(
            username: username,
            email: email,
            password: try PasswordSource.password(option: password, fromStandardInput: readsPassword),
            apiKey: apiKey
        )
        if dryRun.isOn {
            return CommandResult(
                message: "Would create or reset the administrator \"\(request.username)\" of the instance "
                    + "\"\(prepared.record.name)\".",
                instances: [.init(name: prepared.record.name)]
            )
        }
        if let apiKey, apiKey.utf8.count < Administrators.safeKeyLength {
            Console.note("warning: this API key is short enough to be guessed; leave --apiKey out to have one made.")
        }
        let outcome = try await prepared.putAdministrator(request)
        let message = "\(outcome.isNew ? "Created" : "Reset") the administrator \"\(request.username)\"."
        var data: JSONObject = ["Username": .string(request.username), "UserId": .string(outcome.userID)]
        if let key = outcome.madeAPIKey { data["ApiKey"] = .string(key) }
        return CommandResult(
            message: message,
            text: outcome.madeAPIKey.map { "\(message)\nAPI key (shown only now, save it): \($0)" }
                ?? "\(message)\nThe given API key signs in as this user.",
            instances: [.init(name: prepared.record.name)],
            data: .object(data)
        )
    }
}
