import Agent
import ArgumentParser
import Catalog
import Foundation
import Instances

struct NewCertificateCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "new-certificate",
        abstract: "Give an agent a new key and certificate: another identity.",
        discussion: """
            Every server that uses the agent has to learn the new thumbprint. The identity before is kept beside the new \
            one. Without a certificate an agent does not start; create-instance makes the first one.

            Examples:
              skerry-agent new-certificate --if-blank
              skerry-agent new-certificate --instance "My Agent"
            """
    )

    @OptionGroup var instance: InstanceOptions

    @Flag(name: [.customLong("if-blank"), .customShort("b")], help: "Only when there is none.")
    var ifBlank = false

    @OptionGroup var dryRun: DryRunOption
    @OptionGroup var output: OutputOptions

    func perform() async throws -> CommandResult {
        let context = try InstanceContext(instance)
        return try context.renewIdentity(with: nil, onlyIfMissing: ifBlank, isDryRun: dryRun.isOn)
    }
}

struct ImportCertificateCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "import-certificate",
        abstract: "Give an agent a key and certificate that were made elsewhere.",
        discussion: """
            The file is PEM text with a certificate and its private key, without a password, or a PKCS #12 file (.pfx); - \
            reads it from standard input. The password of a PKCS #12 file comes from SKERRY_PFX_PASSWORD, or from \
            --pfx-password, which other users of the machine can read in the list of processes.

            Examples:
              skerry-agent import-certificate --from-file agent.pem
              SKERRY_PFX_PASSWORD=… skerry-agent import-certificate --from-file agent.pfx
            """
    )

    @OptionGroup var instance: InstanceOptions

    @Option(
        name: [.customLong("from-file"), .customShort("f")],
        help: ArgumentHelp("The PEM or PKCS #12 file.", valueName: "file")
    )
    var file: String

    @Option(
        name: [.customLong("pfx-password"), .customLong("pw")],
        help: ArgumentHelp("The password of a PKCS #12 file.", valueName: "password")
    )
    var password: String?

    @OptionGroup var dryRun: DryRunOption
    @OptionGroup var output: OutputOptions

    func perform() async throws -> CommandResult {
        let context = try InstanceContext(instance)
        let path = file == "-" ? "/dev/stdin" : URL(filePath: file).standardizedFileURL.path
        guard let handle = FileHandle(forReadingAtPath: path),
            let bytes = try? handle.read(upToCount: 1 << 20).map(Array.init)
        else { throw CommandFailure(.failed, "--from-file: \(file) cannot be read.") }
        let identity = try read(bytes, path)
        return try context.renewIdentity(with: identity, onlyIfMissing: false, isDryRun: dryRun.isOn)
    }
}

extension ImportCertificateCommand {
    private func read(_ bytes: [UInt8], _ path: String) throws -> AgentIdentity {
        if AgentIdentity.looksLikePKCS12(bytes) {
            let secret = password ?? ProcessInfo.processInfo.environment["SKERRY_PFX_PASSWORD"] ?? ""
            return try AgentIdentity(pkcs12: bytes, password: secret, path: path)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandFailure(.failed, "--from-file: \(file) is neither PEM text nor a PKCS #12 file.")
        }
        return try AgentIdentity(pem: text, path: path)
    }
}

struct ShowThumbprintCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "show-thumbprint",
        abstract: "Show by which thumbprint servers know an agent.",
        discussion: """
            The thumbprint is the SHA-1 hash of the certificate; the pin in the JSON is the SHA-256 hash of its public key.

            Examples:
              skerry-agent show-thumbprint
              skerry-agent show-thumbprint --instance "My Agent" --format json
            """
    )

    @OptionGroup var instance: InstanceOptions
    @OptionGroup var output: OutputOptions

    func perform() async throws -> CommandResult {
        let context = try InstanceContext(instance)
        let identity = try AgentIdentityFile(paths: context.registry.paths, slug: context.record.slug).read()
        return CommandResult(
            message: "The thumbprint of the instance \"\(context.record.name)\".",
            text: identity.thumbprint.text,
            instances: [.init(name: context.record.name)],
            data: identity.json
        )
    }
}

extension AgentIdentity {
    /// What everybody may know of it.
    fileprivate var json: JSON {
        [
            "Thumbprint": .string(thumbprint.text), "Pin": .string(pin),
            "NotAfter": .string(notAfter.formatted(.iso8601)),
        ]
    }
}

extension InstanceContext {
    fileprivate func renewIdentity(
        with identity: AgentIdentity?,
        onlyIfMissing: Bool,
        isDryRun: Bool
    ) throws -> CommandResult {
        if isDryRun {
            return CommandResult(
                message: "Would give the instance \"\(record.name)\" "
                    + (identity.map { "the identity \($0.thumbprint.text)." }
                        ?? (onlyIfMissing ? "a new identity if it has none." : "a new identity.")),
                instances: [.init(name: record.name)]
            )
        }
        let renewed = try registry.renewIdentity(of: record, with: identity, onlyIfMissing: onlyIfMissing)
        if registry.overview(of: record).state == .running {
            Console.note("The agent is running with the identity it started with. Restart it to use the other one.")
        }
        if let previous = renewed.previous { Console.note("The identity before is kept in \(previous).") }
        return CommandResult(
            message: "The thumbprint of the instance \"\(record.name)\" is \(renewed.identity.thumbprint.text).",
            instances: [.init(name: record.name)],
            data: renewed.identity.json
        )
    }
}
